from threading import Thread

sums = {}


def add_up(name, limit):
    sums[name] = sum(range(limit + 1))


if __name__ == "__main__":
    threads = [Thread(target=add_up, args=(f"to {n}", n)) for n in [10, 100, 1000]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, total in sums.items():
        print(name, total)
