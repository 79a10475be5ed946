from multiprocessing import Pipe, Process


def upper(end):
    while (word := end.recv()) is not None:
        end.send(word.upper())


if __name__ == "__main__":
    ours, theirs = Pipe()
    process = Process(target=upper, args=(theirs,))
    process.start()
    for word in ["warp", "weft"]:
        ours.send(word)
        print(ours.recv())
    ours.send(None)
    process.join()
    print("exit code", process.exitcode)
