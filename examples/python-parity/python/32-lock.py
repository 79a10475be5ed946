from multiprocessing import Array, Lock, Process


def move(lock, accounts, times):
    for _ in range(times):
        with lock:
            accounts[0] -= 1
            accounts[1] += 1


if __name__ == "__main__":
    lock = Lock()
    accounts = Array("i", [1000, 0], lock=False)
    workers = [Process(target=move, args=(lock, accounts, 100)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print("accounts", *accounts)
