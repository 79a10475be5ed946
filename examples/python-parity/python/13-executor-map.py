from concurrent.futures import ProcessPoolExecutor


def is_prime(n):
    return n > 1 and all(n % d != 0 for d in range(2, int(n**0.5) + 1))


if __name__ == "__main__":
    numbers = range(1, 50)
    with ProcessPoolExecutor(max_workers=2) as executor:
        found = zip(numbers, executor.map(is_prime, numbers, chunksize=10))
        print(*[n for n, prime in found if prime])
