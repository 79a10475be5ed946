from multiprocessing import Process
from multiprocessing.shared_memory import SharedMemory


def fill(name):
    memory = SharedMemory(name)
    memory.buf[:6] = b"heddle"
    memory.close()


if __name__ == "__main__":
    memory = SharedMemory(create=True, size=16)
    process = Process(target=fill, args=(memory.name,))
    process.start()
    process.join()
    print(bytes(memory.buf[:6]).decode(), memory.buf[15])
    memory.close()
    memory.unlink()
