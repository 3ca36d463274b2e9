"""From the folder of a data set to its report."""

from __future__ import annotations

from pathlib import Path

from ....core.catalog import Catalog
from ..funnel import PAPER, funnel
from ..packing.collect import finished
from ..splits.leak import write_leak_report
from ..splits.recordings import compare_recordings
from ..stages.workshop import OpenCatalog
from ..workspace import open_workshop, read_dataset
from .build import Report, write_report
from .contact_sheet import PER_KIND
from .examples import rejected_examples


def report_on(
    root: Path,
    open_catalog: OpenCatalog,
    catalog: Catalog,
    *,
    per_kind: int = PER_KIND,
    compare: bool = False,
) -> Report:
    """Write the report of a folder as far as it is finished.

    Args:
        root: folder of the data set.
        open_catalog: returns the plugins.
        catalog: the same, loaded.
        per_kind: pairs of each task and branch that are shown.
        compare: whether all recordings are compared by fingerprint first.

    Raises:
        ConfigError: if the folder holds no data set.
        DataError: if there is no finished pair, or something is damaged.
        StopRun: if the disk is full.
    """
    config = read_dataset(root)
    workshop, _, steps = open_workshop(root, config, open_catalog, catalog)
    records = finished(workshop, steps)
    if compare:
        found, split_of = compare_recordings(records, workshop.blobs)
        write_leak_report(found, split_of, root)
    return write_report(
        root,
        records,
        [line.to_dict() for line in funnel(workshop, steps)],
        catalog=catalog,
        paper=PAPER,
        examples=rejected_examples(workshop, steps),
        per_kind=per_kind,
        name=f"{config.dataset} {config.version}",
    )
