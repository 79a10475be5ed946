from multiprocessing import Process
from multiprocessing.managers import BaseManager
from threading import Lock


class Tally:
    def __init__(self):
        self.counts = {}
        self.lock = Lock()

    def add(self, word):
        with self.lock:
            self.counts[word] = self.counts.get(word, 0) + 1

    def get(self, word):
        return self.counts.get(word, 0)


def count(tally, text):
    for word in text.split():
        tally.add(word)


BaseManager.register("Tally", Tally)

if __name__ == "__main__":
    with BaseManager() as manager:
        tally = manager.Tally()
        texts = ["warp weft warp", "weft warp"]
        workers = [Process(target=count, args=(tally, text)) for text in texts]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        print("warp", tally.get("warp"), "weft", tally.get("weft"))
