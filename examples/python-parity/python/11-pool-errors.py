from multiprocessing import Pool


class NoRoot(Exception):
    pass


def root(n):
    if n < 0:
        raise NoRoot(n)
    return int(n**0.5)


if __name__ == "__main__":
    with Pool(2) as pool:
        print(*pool.map(root, [4, 9, 16]))
        try:
            pool.map(root, [25, -1, 36])
        except NoRoot as error:
            print("NoRoot", error.args[0])
        print(*pool.map(root, [49, 64]))
