from threading import Thread


def work():
    raise ValueError("odd")


if __name__ == "__main__":
    thread = Thread(target=work)
    thread.start()
    thread.join()
    print("join returned")
