import time
from multiprocessing import Pool


def wait(seconds):
    time.sleep(seconds)
    return seconds


if __name__ == "__main__":
    with Pool(2) as pool:
        for seconds in pool.imap_unordered(wait, [600, 0.1]):
            print("first", seconds)
            break
