from itertools import count, islice
from multiprocessing import Pool


def square(n):
    return n * n


if __name__ == "__main__":
    with Pool(2) as pool:
        for result in pool.imap(square, islice(count(1), 5)):
            print(result)
