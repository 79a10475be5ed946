import os
from multiprocessing import Pool


def who(_):
    return os.getpid()


if __name__ == "__main__":
    with Pool(1, maxtasksperchild=2) as pool:
        workers = [pool.apply(who, (n,)) for n in range(6)]
        print("tasks", len(workers), "workers", len(set(workers)))
