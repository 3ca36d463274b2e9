import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from audio_omni.core.deaf import deaf_processes, end_at_interrupt


def test_a_process_that_is_spawned_within_ignores_ctrl_c():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        with deaf_processes():
            future = pool.submit(signal.getsignal, signal.SIGINT)
        assert future.result() is signal.SIG_IGN


def test_a_process_past_its_imports_may_end_without_a_word():
    context = get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=end_at_interrupt) as pool:
        with deaf_processes():
            future = pool.submit(signal.getsignal, signal.SIGINT)
        assert future.result() is signal.SIG_DFL


def test_this_process_hears_it_again_afterwards():
    before = signal.getsignal(signal.SIGINT)
    with deaf_processes():
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) is before


def test_outside_the_main_thread_nothing_changes():
    before, seen = signal.getsignal(signal.SIGINT), []

    def work():
        with deaf_processes():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
