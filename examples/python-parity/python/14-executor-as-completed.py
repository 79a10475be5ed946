from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import Event


def initialize(event):
    global gate
    gate = event


def slow():
    gate.wait()
    return "slow"


def quick():
    return "quick"


if __name__ == "__main__":
    gate = Event()
    with ProcessPoolExecutor(2, initializer=initialize, initargs=(gate,)) as executor:
        futures = [executor.submit(slow), executor.submit(quick)]
        for future in as_completed(futures):
            print(future.result())
            gate.set()
