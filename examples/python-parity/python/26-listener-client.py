import os
from multiprocessing import Process
from multiprocessing.connection import Client, Listener

KEY = os.urandom(32)


def client(address):
    with Client(address, authkey=KEY) as connection:
        connection.send("junk")
        connection.send([2.25, 7])
        print("client received", connection.recv(), flush=True)


if __name__ == "__main__":
    with Listener(None, "AF_UNIX", authkey=KEY) as listener:
        process = Process(target=client, args=(listener.address,))
        process.start()
        with listener.accept() as connection:
            print("listener received", connection.recv(), flush=True)
            print("listener received", sum(connection.recv()), flush=True)
            connection.send("thanks")
            process.join()
