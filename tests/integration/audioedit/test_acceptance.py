"""The nineteen acceptance tests of the editing pairs, and where each of them is.

All but the last run with the suite, and on their own by ``make acceptance``. The last measures time
and is asked for: ``make speed``.
"""

import pytest
from named_tests import missing

WHERE = {
    "1 exactness after FLAC": {
        "unit/audioedit/test_synthesis.py": ["differences_are_the_event_bit_for_bit_after_flac"],
    },
    "2 distributions over 5 000 plans": {
        "unit/audioedit/test_synthesis.py": [
            "plans_are_uniform_within_their_ranges_and_do_not_pile_up"
        ],
    },
    "3 SNR, pitch, length": {
        "unit/audioedit/test_synthesis.py": ["levels_are_as_planned_and_lengths_exact"],
        "unit/audioedit/test_warpers.py": ["tones_are_in_tune", "length_is_exact"],
    },
    "4 transients": {
        "unit/audioedit/test_warpers.py": ["clicks_keep_their_energy"],
        "unit/audioedit/test_lost_clicks.py": [
            "the_default_warper_loses_none",
            "forty_percent_of_the_energy_have_to_survive",
            "what_sox_loses_is_found_out",
        ],
        "unit/audioedit/test_synthesis.py": ["a_warper_that_loses_an_event_is_found_out"],
    },
    "5 activity is pydub's": {
        "unit/audioedit/test_activity.py": ["spans_are_pydubs", "spans_are_those_that_pydub_gave"],
    },
    "6 determinism": {
        "integration/audioedit/test_same_bytes.py": [
            "processes_leave_the_same_bytes",
            "parts_in_any_order_leave_the_same_bytes",
            "a_limit_and_then_the_rest_leave_the_same_bytes",
        ],
        "integration/audioedit/test_real_branch.py": [
            "parts_in_another_order_and_other_workshops_give_the_same_bytes"
        ],
    },
    "7 crash": {
        "integration/audioedit/test_same_bytes.py": [
            "killed_anywhere_it_ends_with_the_same_bytes",
            "what_the_killed_left_beside_complete_parts_is_removed_and_other_runs_is_not",
        ],
        "unit/core/test_whole_file.py": [
            "what_the_dead_were_writing_is_found_and_what_the_living_write_is_not"
        ],
        "unit/audioedit/test_stages.py": [
            "an_item_that_kills_its_process_is_set_aside_after_three_deaths"
        ],
    },
    "8 disk full": {
        "unit/audioedit/test_stages.py": [
            "a_full_disk_stops_the_run_and_leaves_nothing_half",
            "too_little_room_stops_before_anything_is_lost",
        ],
        "integration/audioedit/test_full_disk.py": [
            "wherever_the_room_ends_the_run_ends_with_3_and_goes_on",
            "every_verb_that_writes_ends_with_3",
        ],
    },
    "9 real branch with injected faults": {
        "unit/audioedit/real/test_branch.py": [
            "every_fault_is_rejected_for_its_reason_and_the_funnel_adds_up",
            "a_label_that_is_not_in_the_clip_is_found_out",
        ],
    },
    "10 labeller": {
        "unit/audioedit/test_gemini.py": [
            "busy_then_well",
            "a_busy_service_is_asked_five_times",
            "bad_json_is_repaired_once",
            "a_refusal_is_final_and_free_the_second_time",
            "an_answer_that_is_cut_off_says_what_to_raise",
            "an_empty_list_is_an_answer",
            "a_budget_is_never_passed_and_the_run_can_go_on",
            "a_second_run_is_free",
            "the_key_is_nowhere",
        ],
    },
    "11 remix of an identity": {
        "unit/audioedit/real/test_style.py": ["an_editor_that_changes_nothing_returns_the_scene"],
    },
    "12 editors on the analytic mixture": {
        "unit/flow/test_editing.py": [
            "edit_friendly_inversion_gives_the_recording_back",
            "ode_inversion_by_midpoint_gives_the_recording_back",
            "sdedit_that_hardly_starts_is_the_identity",
            "flow_edit_with_equal_texts_and_scales_is_the_identity",
        ],
    },
    "13 splits": {
        "unit/audioedit/test_splits.py": [
            "planted_re_uploads_are_found",
            "a_component_across_splits_fails_the_build",
        ],
        "integration/audioedit/test_taking_out.py": ["a_recording_on_two_sides_fails_the_packing"],
    },
    "14 packing": {
        "integration/audioedit/test_same_bytes.py": ["packing_again_gives_the_same_bytes"],
        "integration/audioedit/test_reading_pairs.py": ["parquet_loads_without_an_audio_decoder"],
        "integration/audioedit/test_smoke.py": ["the_library_webdataset_reads_the_shards"],
    },
    "15 records": {
        "integration/audioedit/test_factory.py": [
            "records_survive_json_and_tell_of_no_place",
            "an_index_or_a_manifest_tells_of_no_place_either",
        ],
        "integration/audioedit/test_what_is_asked.py": [
            "nothing_that_is_written_tells_of_a_place_or_a_user"
        ],
        "integration/audioedit/test_bad_ingredients.py": [
            "texts_with_odd_bytes_are_repaired_flagged_and_tell_of_no_place"
        ],
    },
    "16 masking, and speech outside regions": {
        "unit/conditioners/test_mel_hiding.py": [
            "a_run_is_one_piece_of_a_length_within_the_parts",
            "a_blanked_part_hides_the_frames_that_read_of_it_and_no_others",
            "draws_need_generators",
            "what_training_hides_is_told_frame_by_frame",
        ],
        "unit/training/test_counted_frames.py": [
            "half_of_what_a_latent_frame_covers_makes_it_masked",
            "at_the_papers_sizes_a_latent_frame_covers_eight",
            "one_more_on_each_side",
        ],
        "unit/training/test_masked_loss.py": [
            "the_loss_of_hidden_parts_is_that_of_the_frames_that_count",
            "two_seeds_hide_other_parts",
        ],
        "integration/test_masked_loss.py": [
            "of_a_mixture_only_speech_is_restricted",
            "left_out_it_is_the_whole_bit_for_bit",
            "a_resumed_run_hides_and_counts_the_same",
        ],
        "unit/tasks/test_speech_editing.py": ["nothing_but_the_part_is_touched"],
    },
    "17 entry points": {
        "integration/audioedit/test_factory.py": [
            "a_blocked_plugin_has_no_command",
            "stand_ins_cannot_be_reached_by_any_command",
        ],
        "integration/audioedit/test_entry_points.py": [
            "stand_ins_are_known_to_tests_alone",
            "every_provider_that_is_installed_is_of_the_package",
            "entry_points_and_packages_hold_no_tests",
        ],
        "integration/audioedit/test_smoke.py": ["a_missing_extra_names_itself"],
    },
    "18 report": {
        "integration/audioedit/test_smoke.py": [
            "a_pair_is_made_again_with_the_same_bytes_and_the_report_is_written"
        ],
        "unit/audioedit/test_report.py": [
            "a_page_holds_everything_and_loads_nothing",
            "controls_are_what_a_method_must_beat",
        ],
    },
    "19 speed": {
        "integration/audioedit/test_speed.py": ["a_scene_with_one_event_takes_at_most_150_ms"],
    },
}


def test_there_are_nineteen():
    assert [int(name.split()[0]) for name in WHERE] == list(range(1, 20))


@pytest.mark.parametrize("number", WHERE)
def test_each_is_where_it_says(number):
    assert not missing(WHERE[number])


if __name__ == "__main__":  # for `make acceptance`
    for named in WHERE.values():
        for file, names in named.items():
            print(*(f"tests/{file}::test_{name}" for name in names))
