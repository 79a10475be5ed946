import os
import time
from multiprocessing import Process


def work():
    print("pid", os.getpid(), flush=True)
    time.sleep(600)


if __name__ == "__main__":
    process = Process(target=work)
    process.start()
    process.join()
    print("join returned, exit code", process.exitcode)
