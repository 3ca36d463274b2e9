"""The 37 risks of making editing pairs (spec section 8), and the tests that hold each of them."""

import pytest
from named_tests import missing

ACROSS = "integration/audioedit"
UNIT = "unit/audioedit"
DAMAGE = f"{ACROSS}/test_damage.py"
BAD_FILES = f"{ACROSS}/test_bad_ingredients.py"
BRANCH = f"{UNIT}/real/test_branch.py"
GEMINI = f"{UNIT}/test_gemini.py"
GEMINI_RUN = f"{UNIT}/test_gemini_in_a_run.py"
SAME_BYTES = f"{ACROSS}/test_same_bytes.py"
STAGES = f"{UNIT}/test_stages.py"
STYLE = f"{UNIT}/real/test_style.py"
SYNTHESIS = f"{UNIT}/test_synthesis.py"

EVERY_FILE = "every_bad_file_is_rejected_for_its_reason_and_the_run_goes_on"
EVERY_FAULT = "every_fault_is_rejected_for_its_reason_and_the_funnel_adds_up"
FULL_SCALE = "a_sample_at_full_scale_is_found"

RISKS = {
    "1 a file that cannot be decoded": {
        BAD_FILES: [EVERY_FILE, "the_same_with_processes"],
        BRANCH: [EVERY_FAULT],
        "unit/media/test_audio.py": [
            "unreadable_files_are_named",
            "pipes_and_devices_are_refused_and_not_waited_for",
            "names_in_another_encoding_are_read",
        ],
    },
    "2 NaN, offset, full scale": {
        BAD_FILES: [EVERY_FILE],
        BRANCH: [EVERY_FAULT],
        f"{UNIT}/test_loudness.py": ["faults_have_codes"],
        f"{UNIT}/test_verify.py": [FULL_SCALE],
    },
    "3 clips under 10 s": {
        BRANCH: [EVERY_FAULT, "records_tell_what_was_done"],
        BAD_FILES: ["backgrounds_of_every_kind"],
        f"{UNIT}/test_padding.py": [
            "the_record_tells_how_much_is_padding",
            "the_training_loss_does_not_count_it",
            "measures_of_edits_do_not_count_it",
            "controls_of_the_report_do_not_count_it",
            "no_event_lies_where_a_background_was_padded",
        ],
    },
    "4 other rates, narrow bands": {
        BAD_FILES: [EVERY_FILE],
        BRANCH: [EVERY_FAULT, "records_tell_what_was_done"],
        f"{UNIT}/test_loudness.py": ["bandwidth_is_that_of_the_band"],
    },
    "5 stereo, opposite phase": {
        BAD_FILES: [EVERY_FILE, "backgrounds_of_every_kind"],
        BRANCH: ["records_tell_what_was_done"],
        f"{UNIT}/test_loudness.py": ["channels_that_cancel_are_not_mixed"],
    },
    "6 media that are gone": {
        BAD_FILES: [EVERY_FILE, "nothing_usable_is_told_with_what_there_is"],
        f"{UNIT}/test_quotas.py": [
            "what_falls_short_is_told_by_branch_and_edit_and_missing_media_is_counted",
            "a_quota_is_met_from_what_there_is_and_no_more",
        ],
        f"{ACROSS}/test_what_is_asked.py": [
            "quotas_are_met_from_what_there_is_and_the_rest_is_told"
        ],
    },
    "7 texts in other encodings": {
        BAD_FILES: [
            EVERY_FILE,
            "texts_with_odd_bytes_are_repaired_flagged_and_tell_of_no_place",
            "a_manifest_that_is_not_utf_8_is_named_by_its_line",
        ],
        BRANCH: ["spoilt_text_is_repaired_and_flagged"],
        STAGES: ["halves_of_letters_become_marks"],
        f"{UNIT}/test_corpora.py": [
            "texts_in_other_encodings_and_with_control_characters_are_repaired_later"
        ],
        f"{UNIT}/test_labels.py": ["bare_labels", "a_data_set_labels_itself"],
    },
    "8 a labeller that is busy": {
        GEMINI: [
            "busy_then_well",
            "the_delay_that_the_service_asks_for_holds_for_everyone",
            "a_busy_service_is_asked_five_times",
            "a_service_that_cannot_be_reached",
        ],
        GEMINI_RUN: [
            "processes_share_one_pace",
            "a_complaint_slows_everyone_down_and_answers_bring_them_back",
            "failures_are_asked_again_by_the_next_run_and_refusals_are_not",
        ],
    },
    "9 money": {
        GEMINI: [
            "a_budget_is_never_passed_and_the_run_can_go_on",
            "a_budget_in_money_needs_prices",
            "a_second_run_is_free",
        ],
        GEMINI_RUN: [
            "a_spent_budget_stops_the_run_and_a_larger_one_goes_on",
            "plan_tells_what_labels_cost_at_most",
            "processes_share_one_budget",
        ],
    },
    "10 answers that are none": {
        GEMINI: [
            "bad_json_is_repaired_once",
            "bad_json_twice_is_a_failure_that_is_asked_anew",
            "a_refusal_is_final_and_free_the_second_time",
            "an_empty_list_is_an_answer",
        ],
        BRANCH: [EVERY_FAULT, "a_label_that_is_not_in_the_clip_is_found_out"],
    },
    "11 a labeller that changes": {
        GEMINI: ["names_what_it_hears_and_who_said_so", "what_changes_the_answer_asks_anew"],
        f"{UNIT}/real/test_labellers.py": [
            "another_labeller_is_refused_with_both_names",
            "allowed_to_mix_it_goes_on_and_every_pair_tells_whose_label_it_has",
        ],
    },
    "12 no key": {
        GEMINI: ["without_a_key_it_fails_before_work_and_names_the_variable", "the_key_is_nowhere"]
    },
    "13 a sound that is not in the clip": {
        BRANCH: ["a_label_that_is_not_in_the_clip_is_found_out"],
        f"{UNIT}/real/test_semantic.py": ["each_threshold_has_its_reason"],
        f"{UNIT}/real/test_activity_rules.py": ["each_rule_has_its_border_and_its_reason"],
    },
    "14 out of memory": {
        f"{UNIT}/test_sam_audio.py": [
            "where_memory_lacks_batches_are_halved",
            "where_not_even_one_fits_it_says_so",
            "no_item_depends_on_its_batch_mates",
        ],
        BRANCH: [EVERY_FAULT],
    },
    "15 lengths, rates, tracks in the other order": {
        f"{UNIT}/test_sam_audio.py": ["parts_are_as_long_as_the_clip_and_add_up"],
        f"{UNIT}/real/test_semantic.py": [
            "a_separator_that_gives_parts_in_the_other_order_stops_the_run"
        ],
        BRANCH: [EVERY_FAULT],
    },
    "16 the placeholder of a package": {
        f"{UNIT}/test_sam_audio.py": [
            "pypis_placeholder_is_refused",
            "an_environment_without_it_is_refused",
        ]
    },
    "17 silence shorter than a window": {
        f"{UNIT}/test_activity.py": ["a_clip_shorter_than_the_window_is_judged_by_its_level"]
    },
    "18 scores that are drawn": {
        f"{UNIT}/test_clap_scorer.py": [
            "the_same_clip_has_the_same_vector_twice",
            "vectors_have_unit_length",
            "windows_cover_a_clip",
            "a_network_that_draws_crops_is_refused",
        ],
        f"{UNIT}/real/test_semantic.py": ["scores_are_what_they_are_called"],
    },
    "19 thresholds of another checkpoint": {
        f"{UNIT}/real/test_semantic.py": ["thresholds_of_another_checkpoint_are_refused"]
    },
    "20 words that may not be": {
        STYLE: [
            "words_are_filtered_by_words",
            "what_goes_on_is_not_replaced_by_a_knock",
            "no_exchange_prevails",
        ]
    },
    "21 edits that change more": {
        STYLE: ["edits_that_lose_something_are_rejected", "duller_edits_are_rejected"],
        f"{UNIT}/test_editor_diffusers.py": [
            "level_that_is_taken_is_given_back",
            "an_edit_has_the_gain_of_its_clip",
        ],
    },
    "22 clipping": {
        SYNTHESIS: ["one_gain_for_all_tracks_keeps_them_under_minus_one_dbtp"],
        f"{UNIT}/real/test_assemble.py": ["loud_scenes_are_turned_down_alike"],
        f"{UNIT}/test_verify.py": [FULL_SCALE],
    },
    "23 a background that has the sound": {
        SYNTHESIS: ["backgrounds_never_hold_the_class_that_is_edited"],
        f"{ACROSS}/test_conflicts_by_ear.py": [
            "what_sounds_like_the_class_is_passed_over_though_its_words_are_silent"
        ],
    },
    "24 backgrounds that are made loud": {
        f"{UNIT}/test_gains.py": [
            "a_background_is_moved_by_twelve_decibels_at_most",
            "a_background_without_loudness_is_refused",
        ],
        BAD_FILES: ["backgrounds_of_every_kind"],
    },
    "25 events lost or blown up": {
        f"{UNIT}/test_gains.py": ["an_event_that_would_need_more_than_thirty_decibels_is_refused"],
        f"{UNIT}/test_lost_clicks.py": [
            "forty_percent_of_the_energy_have_to_survive",
            "what_sox_loses_is_found_out",
        ],
        SYNTHESIS: ["a_warper_that_loses_an_event_is_found_out"],
    },
    "26 events that are masked": {
        f"{UNIT}/test_rules_of_scenes.py": ["an_event_is_heard_or_masked"],
        f"{UNIT}/test_verify.py": ["an_event_that_nobody_hears_is_found"],
    },
    "27 a full disk": {
        STAGES: [
            "a_full_disk_stops_the_run_and_leaves_nothing_half",
            "a_full_disk_behind_an_item_ends_the_run",
            "a_death_that_finds_no_room_to_be_noted_ends_the_run",
            "a_lock_that_finds_no_room_leaves_nothing",
        ],
        f"{ACROSS}/test_full_disk.py": [
            "wherever_the_room_ends_the_run_ends_with_3_and_goes_on",
            "every_verb_that_writes_ends_with_3",
            "what_cannot_be_written_is_told_from_what_finds_no_room",
        ],
    },
    "28 two runs in one folder": {
        STAGES: [
            "a_lock_is_held_by_one",
            "a_lock_of_the_dead_is_taken_over",
            "of_many_that_want_a_stale_lock_one_gets_it",
            "a_part_that_another_run_holds_is_left_to_it",
        ],
        SAME_BYTES: ["two_runs_in_one_folder_do_not_disturb_each_other"],
    },
    "29 a process or a machine that dies": {
        SAME_BYTES: ["killed_anywhere_it_ends_with_the_same_bytes"],
        STAGES: ["a_journal_that_was_cut_off_goes_on_at_its_last_whole_line"],
    },
    "30 an item that kills": {
        STAGES: ["an_item_that_kills_its_process_is_set_aside_after_three_deaths"]
    },
    "31 ids used twice": {
        f"{UNIT}/test_rules_of_scenes.py": ["equal_ids_are_kept_once_and_a_collision_is_refused"],
        BAD_FILES: ["ids_that_are_used_twice_are_refused_before_any_work"],
    },
    "32 records and audio that disagree": {
        DAMAGE: [
            "shards_prove_every_pair_and_name_what_is_wrong",
            "a_shard_without_its_archive_or_its_index_is_named",
            "a_file_that_is_lost_names_its_pair_and_is_put_back",
        ],
        f"{UNIT}/test_verify.py": [
            "one_unit_of_one_sample_outside_of_the_span_is_found",
            "files_that_are_gone_or_others_are_unreadable",
            "a_file_that_was_changed_is_damaged",
        ],
    },
    "33 one sound on both sides": {
        f"{UNIT}/test_splits.py": [
            "planted_re_uploads_are_found",
            "a_component_across_splits_fails_the_build",
            "the_training_side_of_a_re_upload_is_dropped",
        ],
        f"{ACROSS}/test_factory.py": ["no_recording_is_on_two_sides"],
        f"{ACROSS}/test_taking_out.py": ["a_recording_on_two_sides_fails_the_packing"],
    },
    "34 licences": {
        f"{UNIT}/test_licences.py": ["the_most_restrictive_comes_first_and_decides"],
        f"{ACROSS}/test_what_is_asked.py": [
            "pairs_are_selected_by_licence_and_the_others_are_counted",
            "rows_are_read_by_licence",
        ],
        f"{ACROSS}/test_taking_out.py": ["a_takedown_rewrites_only_the_shards_touched"],
        f"{ACROSS}/test_full_disk.py": [
            "a_takedown_that_was_ended_in_between_is_finished_by_the_same_call"
        ],
    },
    "35 a stand-in in production": {
        f"{ACROSS}/test_entry_points.py": [
            "stand_ins_are_known_to_tests_alone",
            "every_provider_that_is_installed_is_of_the_package",
            "entry_points_and_packages_hold_no_tests",
        ]
    },
    "36 people who speak": {
        f"{UNIT}/real/test_voices.py": [
            "real_pairs_are_of_no_voice_without_consent",
            "speech_is_recorded_and_dropped_if_asked",
            "a_voice_is_no_event_without_consent_and_may_be_a_background",
        ],
        BRANCH: [EVERY_FAULT, "records_tell_what_was_done"],
    },
    "37 other machines": {
        SYNTHESIS: [
            "a_plan_depends_on_its_number_alone",
            "differences_are_the_event_bit_for_bit_after_flac",
        ],
        DAMAGE: ["rendering_again_gives_the_same_bytes"],
        f"{ACROSS}/test_messages.py": ["a_folder_tells_what_it_was_made_with"],
    },
}


def test_there_are_thirty_seven():
    assert [int(name.split()[0]) for name in RISKS] == list(range(1, 38))


@pytest.mark.parametrize("risk", RISKS)
def test_each_is_held_by_the_tests_that_it_names(risk):
    assert RISKS[risk]
    assert not missing(RISKS[risk])
