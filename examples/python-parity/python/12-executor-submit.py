from concurrent.futures import ProcessPoolExecutor


def gcd(a, b):
    return a if b == 0 else gcd(b, a % b)


if __name__ == "__main__":
    with ProcessPoolExecutor(max_workers=2) as executor:
        first = executor.submit(gcd, 84, 36)
        second = executor.submit(gcd, 17, 5)
        print(first.result(), second.result())
