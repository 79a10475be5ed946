import os
import time
from multiprocessing import Pool


def work(n):
    if n == 2:
        print("pid", os.getpid(), flush=True)
        time.sleep(600)
    return n


if __name__ == "__main__":
    with Pool(2) as pool:
        print(*pool.map(work, range(4), chunksize=1))
