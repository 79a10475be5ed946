from multiprocessing import Lock, Process


def attempt(lock):
    print("without waiting:", "mine" if lock.acquire(block=False) else "taken", flush=True)
    print("with a time-out:", "mine" if lock.acquire(timeout=0.1) else "taken", flush=True)


if __name__ == "__main__":
    lock = Lock()
    process = Process(target=attempt, args=(lock,))
    with lock:
        process.start()
        process.join()
    print("afterwards:", "mine" if lock.acquire(block=False) else "taken")
