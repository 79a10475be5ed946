import os
import time
from multiprocessing import Pool


def work():
    print("pid", os.getpid(), flush=True)
    time.sleep(600)


if __name__ == "__main__":
    with Pool(2) as pool:
        done = pool.apply_async(
            work,
            callback=lambda _: print("callback"),
            error_callback=lambda error: print("error_callback", error),
        )
        done.get()
