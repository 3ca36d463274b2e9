"""Kinds of transcripts: ``transcript``, ``transcript_full_hash``, ``token_ids_release_vocab``.

Shapes: B batch, n tokens of one transcript, P positions, W text width.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from ....core.payloads import Transcript
from .comparison import Comparison
from .files import Golden
from .parts import build_conditioner, module_beside
from .subject import Subject
from .weights import load_formula, load_stored

NAME = "transcript"
PREFIX = "conditioner.conditioners.speech_prompt."
RELEASE_ENTRIES = 2545
RELEASE_WIDTH = 768
PARTS = "parts"
PADDING = -1


def check_transcript(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare tokens, their numbers, the encoder and the tokens of every group of texts."""
    conditioner = build_conditioner(
        subject.catalog,
        NAME,
        golden.setting("out_dim"),
        vocabulary=str(golden.sibling(golden.setting("vocab_file"))),
        text_width=golden.setting("text_dim"),
        blocks=golden.setting("conv_blocks"),
        positions=golden.setting("seq_len"),
        tokens=golden.setting("proj_seq_len"),
        too_long="cut",
        null_in_mixed_batch="normalised",
    )
    load_stored(conditioner, golden, PREFIX)
    for name, texts in golden.setting("groups").items():
        features = [
            None if text is None else conditioner.prepare(Transcript(text)) for text in texts
        ]
        condition = conditioner(features)
        comparison.case(name, {"embed": condition.tokens, "mask": condition.mask})
    _check_parts(golden, comparison, subject, conditioner)


def check_transcript_full(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare every k-th token of the network at the release's size."""
    conditioner = build_conditioner(
        subject.catalog, NAME, RELEASE_WIDTH, vocabulary_size=RELEASE_ENTRIES
    )
    load_formula(conditioner, PREFIX, golden.setting("hash_seed"))
    stride = golden.setting("embed_token_stride")
    for name in golden.input_cases():
        ids = golden.input(name, "token_ids")
        condition = conditioner([row[row != PADDING] for row in ids])
        comparison.case(name, {"embed_strided": condition.tokens[:, ::stride]})


def check_release_tokens(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare tokens, and with the user's vocabulary their numbers."""
    tokens = module_beside(subject.catalog.conditioners, NAME, "tokens")
    vocabulary = None
    if subject.assets is not None:
        reader = module_beside(subject.catalog.conditioners, NAME, "vocabulary")
        vocabulary = reader.load_vocabulary(subject.assets.vocabulary)
        comparison.equal("vocab_size", len(vocabulary), golden.setting("vocab_size"))
    for number, item in enumerate(golden.setting("items")):
        comparison.cases[str(number)] = None
        found = tokens.tokenise(item["text"])
        comparison.equal(f"tokens of {item['text']!r}", found, item["tokens"])
        if vocabulary is not None:
            comparison.equal(f"ids of {item['text']!r}", vocabulary.ids(found), item["ids"])
    if vocabulary is None:
        comparison.omitted.append("token ids, which need the release's vocabulary (--assets)")


def _check_parts(
    golden: Golden, comparison: Comparison, subject: Subject, conditioner: Any
) -> None:
    """Compare what lies between a text and its tokens, as far as the file has it."""
    tokenise = module_beside(subject.catalog.conditioners, NAME, "tokens").tokenise
    texts: Sequence[str] = golden.settings.get("texts", ())
    segmented = [tokenise(text) for text in texts]
    if "tokens" in golden.settings:
        for text, found, wanted in zip(texts, segmented, golden.settings["tokens"], strict=True):
            comparison.equal(f"tokens of {text!r}", found, wanted)
    expected = golden.inputs(PARTS)
    if "token_ids" in expected:
        numbers = [conditioner.vocabulary.ids(tokens) for tokens in segmented]
        comparison.near(f"in/{PARTS}/token_ids", _padded(numbers, expected["token_ids"]))
    if "note_pos_table_0_8" in expected:
        table = module_beside(subject.catalog.conditioners, NAME, "encoder").position_table
        rows, width = expected["note_pos_table_0_8"].shape
        comparison.near(f"in/{PARTS}/note_pos_table_0_8", table(rows, width))
    if golden.output_names(PARTS):
        ids = [conditioner.prepare(Transcript(text)) + 1 for text in texts]
        text = conditioner.text_embed(pad_sequence(ids, batch_first=True))
        missing = golden.setting("seq_len") - text.shape[1]
        stack = functional.pad(text, (0, 0, 0, missing))
        comparison.case(PARTS, {"text_embedding_stack": stack})


def _padded(numbers: Sequence[Sequence[int]], like: Tensor) -> Tensor:
    rows = [like.new_tensor(row) for row in numbers]
    return pad_sequence(rows, batch_first=True, padding_value=PADDING)
