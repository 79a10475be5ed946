from multiprocessing import Array, Process


def halve(numbers, start, end):
    for i in range(start, end):
        numbers[i] = numbers[i] / 2


if __name__ == "__main__":
    numbers = Array("d", range(8), lock=False)
    workers = [Process(target=halve, args=(numbers, i, i + 4)) for i in [0, 4]]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print("sum", format(sum(numbers), ".1f"))
    print("last", numbers[7])
