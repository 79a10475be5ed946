from multiprocessing import Pool


def half(n):
    if n % 2 == 1:
        raise ValueError(f"{n} is odd")
    return n // 2


def run(pool, n):
    done = pool.apply_async(
        half,
        (n,),
        callback=lambda result: print("callback", result),
        error_callback=lambda error: print("error_callback", error),
    )
    done.wait()


if __name__ == "__main__":
    with Pool(2) as pool:
        run(pool, 84)
        run(pool, 7)
