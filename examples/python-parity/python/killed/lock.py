import os
import time
from multiprocessing import Lock, Process


def hold(lock):
    with lock:
        print("pid", os.getpid(), flush=True)
        time.sleep(600)


if __name__ == "__main__":
    lock = Lock()
    process = Process(target=hold, args=(lock,))
    process.start()
    process.join()
    with lock:
        print("has the lock")
