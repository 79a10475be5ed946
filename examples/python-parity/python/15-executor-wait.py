from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from multiprocessing import Event


def initialize(event):
    global gate
    gate = event


def slow():
    gate.wait()


def quick():
    pass


if __name__ == "__main__":
    gate = Event()
    with ProcessPoolExecutor(2, initializer=initialize, initargs=(gate,)) as executor:
        futures = [executor.submit(slow), executor.submit(quick)]
        done, pending = wait(futures, return_when=FIRST_COMPLETED)
        print("done", len(done), "pending", len(pending))
        gate.set()
        done, pending = wait(futures)
        print("done", len(done), "pending", len(pending))
