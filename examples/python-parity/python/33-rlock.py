from multiprocessing import Process, RLock


def total(lock, numbers):
    with lock:
        return numbers[0] + total(lock, numbers[1:]) if numbers else 0


def work(lock):
    print("total", total(lock, [1, 2, 3, 4]), flush=True)


if __name__ == "__main__":
    lock = RLock()
    process = Process(target=work, args=(lock,))
    process.start()
    process.join()
    print("free", "true" if lock.acquire(block=False) else "false")
