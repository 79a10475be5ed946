from multiprocessing import Pool


def volume(width, height, depth):
    return width * height * depth


if __name__ == "__main__":
    with Pool(2) as pool:
        print(*pool.starmap(volume, [(1, 2, 3), (4, 5, 6), (7, 8, 9)]))
