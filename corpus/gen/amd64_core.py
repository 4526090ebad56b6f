def dumps():
    return []
