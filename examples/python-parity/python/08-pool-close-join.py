import time
from multiprocessing import Pool


def slow_square(n):
    time.sleep(0.1)
    return n * n


if __name__ == "__main__":
    pool = Pool(2)
    results = [pool.apply_async(slow_square, (n,)) for n in range(4)]
    pool.close()
    pool.join()
    print(*[result.get() for result in results])
    try:
        pool.apply(slow_square, (4,))
    except ValueError:
        print("the pool is closed")
