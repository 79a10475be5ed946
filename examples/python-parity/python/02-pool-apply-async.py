from multiprocessing import Pool


def power(base, exponent):
    return base**exponent


if __name__ == "__main__":
    with Pool(2) as pool:
        eight = pool.apply_async(power, (2, 3))
        nine = pool.apply_async(power, (3, 2))
        print(eight.get(), nine.get())
        print(pool.apply(power, (2, 10)))
