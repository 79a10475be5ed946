import os
import time
from multiprocessing import Pool


def work(n):
    if n == 2:
        time.sleep(0.2)
        print("pid", os.getpid(), flush=True)
        time.sleep(600)
    return n


if __name__ == "__main__":
    with Pool(1) as pool:
        for n in pool.imap(work, range(4)):
            print(n, flush=True)
