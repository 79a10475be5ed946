import os
import time
from multiprocessing import Process, Value


def count(counter):
    with counter.get_lock():
        counter.value += 1
        print("pid", os.getpid(), flush=True)
        time.sleep(600)


if __name__ == "__main__":
    counter = Value("q", 0)
    process = Process(target=count, args=(counter,))
    process.start()
    process.join()
    with counter.get_lock():
        counter.value += 1
    print("counted", counter.value)
