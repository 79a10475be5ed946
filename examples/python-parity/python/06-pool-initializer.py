from multiprocessing import Pool

table = None


def initialize(size):
    global table
    table = [n * n for n in range(size)]


def look_up(n):
    return table[n]


if __name__ == "__main__":
    with Pool(2, initializer=initialize, initargs=(100,)) as pool:
        print(*pool.map(look_up, [3, 50, 99]))
