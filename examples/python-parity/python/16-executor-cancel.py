import time
from concurrent.futures import CancelledError, ProcessPoolExecutor


def sleep(n):
    time.sleep(0.2)
    return n


if __name__ == "__main__":
    with ProcessPoolExecutor(max_workers=1) as executor:
        futures = [executor.submit(sleep, n) for n in range(4)]
        if futures[3].cancel():
            print("cancelled before it ran")
        for future in futures:
            try:
                print(future.result())
            except CancelledError:
                print("no result")
