import time
from multiprocessing import Pool, TimeoutError


def wait(seconds):
    time.sleep(seconds)
    return seconds


if __name__ == "__main__":
    with Pool(1) as pool:
        print(pool.apply_async(wait, (0,)).get(timeout=10))
        try:
            pool.apply_async(wait, (30,)).get(timeout=0.1)
        except TimeoutError:
            print("timed out")
