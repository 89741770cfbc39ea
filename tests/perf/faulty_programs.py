"""Small programs with one fault each, written for this purpose: how many can be mended?

Each is (name, whole program, what is right, what stands there instead, inputs). Some of the faults
are of a kind that the operators know, others are not.
"""

from typing import NamedTuple


class Program(NamedTuple):
    """Hold a right program, its one fault, and what it is called with."""

    name: str
    text: str
    right: str
    wrong: str
    inputs: tuple[str, ...]

    @property
    def faulty(self) -> str:
        """Return the program with its fault."""
        assert self.text.count(self.right) == 1, self.name
        return self.text.replace(self.right, self.wrong)


NUMBERS = (
    *("([],)", "([1],)", "([2, 1],)", "([3, 1, 2],)", "([5, 5, 1],)", "([9, 8, 7, 6],)"),
    *("([1, 2, 3, 4, 5],)", "([0, -1, 4, -7],)", "([2, 2, 2],)", "([10, -3, 10, 4],)"),
)
FILLED = tuple(one for one in NUMBERS if one != "([],)")
WORDS = (
    *("('',)", "('a',)", "('ab',)", "('aba',)", "('abba',)", "('hello world',)"),
    *("('a b a',)", "('Never odd or even',)", "('xyzzy',)", "('tacocat',)"),
)
PAIRS = (
    *("(12, 18)", "(7, 3)", "(100, 10)", "(1, 1)", "(17, 5)", "(81, 27)", "(6, 35)"),
    *("(48, 36)", "(9, 2)", "(1000, 24)"),
)
ONES = ("(0,)", "(1,)", "(2,)", "(3,)", "(5,)", "(8,)", "(13,)", "(16,)", "(30,)", "(97,)")
SEEK = (
    *("([], 1)", "([1], 1)", "([1, 3], 3)", "([1, 3, 5], 1)", "([1, 3, 5], 5)", "([1, 3, 5], 4)"),
    *("([2, 4, 6, 8], 8)", "([2, 4, 6, 8], 2)", "([2, 4, 6, 8, 9], 6)", "([7, 9], 10)"),
)
PROGRAMS = (
    Program(
        "seek",
        """\
def seek(items, wanted):
    low, high = 0, len(items) - 1
    while low <= high:
        middle = (low + high) // 2
        if items[middle] == wanted:
            return middle
        if items[middle] < wanted:
            low = middle + 1
        else:
            high = middle - 1
    return -1
""",
        "while low <= high",
        "while low < high",
        SEEK,
    ),
    Program(
        "divisor",
        "def divisor(a, b):\n    while b:\n        a, b = b, a % b\n    return a\n",
        "a, b = b, a % b",
        "a, b = b, b % a",
        PAIRS,
    ),
    Program(
        "bits",
        "def bits(n):\n    count = 0\n    while n:\n        n = n & (n - 1)\n"
        "        count += 1\n    return count\n",
        "n & (n - 1)",
        "n ^ (n - 1)",
        ONES,
    ),
    Program(
        "fibonacci",
        "def fibonacci(n):\n    a, b = 0, 1\n    for _ in range(n):\n        a, b = b, a + b\n"
        "    return a\n",
        "range(n)",
        "range(n + 1)",
        ONES,
    ),
    Program(
        "prime",
        "def prime(n):\n    if n < 2:\n        return False\n    i = 2\n    while i * i <= n:\n"
        "        if n % i == 0:\n            return False\n        i += 1\n    return True\n",
        "i * i <= n",
        "i * i < n",
        (*ONES, "(4,)", "(9,)", "(25,)", "(49,)", "(15,)", "(11,)"),
    ),
    Program(
        "bubble",
        "def bubble(items):\n    items = list(items)\n    for i in range(len(items)):\n"
        "        for j in range(len(items) - 1 - i):\n"
        "            if items[j] > items[j + 1]:\n"
        "                items[j], items[j + 1] = items[j + 1], items[j]\n    return items\n",
        "items[j] > items[j + 1]:",
        "items[j] < items[j + 1]:",
        NUMBERS,
    ),
    Program(
        "insertion",
        "def insertion(items):\n    items = list(items)\n    for i in range(1, len(items)):\n"
        "        j = i\n        while j > 0 and items[j - 1] > items[j]:\n"
        "            items[j - 1], items[j] = items[j], items[j - 1]\n            j -= 1\n"
        "    return items\n",
        "j > 0 and",
        "j > 1 and",
        NUMBERS,
    ),
    Program(
        "merge",
        "def merge(items):\n    if len(items) <= 1:\n        return list(items)\n"
        "    half = len(items) // 2\n    a, b = merge(items[:half]), merge(items[half:])\n"
        "    out = []\n    while a and b:\n        out.append(a.pop(0) if a[0] <= b[0]"
        " else b.pop(0))\n    return out + a + b\n",
        "return out + a + b",
        "return out + a",
        NUMBERS,
    ),
    Program(
        "palindrome",
        "def palindrome(text):\n    signs = [c.lower() for c in text if c.isalpha()]\n"
        "    return signs == signs[::-1]\n",
        "signs == signs[::-1]",
        "signs != signs[::-1]",
        WORDS,
    ),
    Program(
        "vowels",
        "def vowels(text):\n    return sum(1 for c in text if c in 'aeiou')\n",
        "if c in 'aeiou'",
        "if c not in 'aeiou'",
        WORDS,
    ),
    Program(
        "longest_run",
        "def longest_run(items):\n    best = run = 0\n    last = None\n    for item in items:\n"
        "        run = run + 1 if item == last else 1\n        best = max(best, run)\n"
        "        last = item\n    return best\n",
        "max(best, run)",
        "min(best, run)",
        NUMBERS,
    ),
    Program(
        "second",
        "def second(items):\n    top = sorted(set(items))\n"
        "    return top[-2] if len(top) > 1 else None\n",
        "len(top) > 1",
        "len(top) > 2",
        NUMBERS,
    ),
    Program(
        "mean",
        "def mean(items):\n    total = 0\n    for item in items:\n        total += item\n"
        "    return total / len(items)\n",
        "total += item",
        "total -= item",
        FILLED,
    ),
    Program(
        "power",
        "def power(base, exponent):\n    result = 1\n    while exponent > 0:\n"
        "        if exponent % 2 == 1:\n            result *= base\n        base *= base\n"
        "        exponent //= 2\n    return result\n",
        "exponent % 2 == 1",
        "exponent % 2 == 0",
        tuple(f"({a}, {b})" for a in (2, 3, 5) for b in (0, 1, 4, 7)),
    ),
    Program(
        "clamp",
        "def clamp(value, low, high):\n    return max(low, min(value, high))\n",
        "min(value, high)",
        "min(value, low)",
        tuple(f"({v}, 2, 8)" for v in range(12)),
    ),
    Program(
        "rotate",
        "def rotate(items, n):\n    if not items:\n        return []\n    n = n % len(items)\n"
        "    return items[n:] + items[:n]\n",
        "items[n:] + items[:n]",
        "items[n:] + items[n:]",
        (*tuple(f"([1, 2, 3, 4], {n})" for n in range(9)), "([], 3)"),
    ),
    Program(
        "leap",
        "def leap(year):\n    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)\n",
        "year % 100 != 0 or",
        "year % 100 != 0 and",
        tuple(f"({y},)" for y in (1900, 1996, 1999, 2000, 2004, 2023, 2024, 2100, 2400, 1600)),
    ),
    Program(
        "triangle",
        "def triangle(a, b, c):\n    if a + b <= c or b + c <= a or a + c <= b:\n"
        "        return 'none'\n    if a == b == c:\n        return 'equal'\n"
        "    if a == b or b == c or a == c:\n        return 'two'\n    return 'three'\n",
        "b + c <= a or",
        "b - c <= a or",
        (
            *("(3, 4, 5)", "(2, 2, 2)", "(2, 2, 3)", "(1, 2, 3)", "(5, 1, 1)", "(7, 7, 3)"),
            *("(10, 1, 9)", "(6, 8, 10)", "(4, 9, 4)", "(3, 3, 5)"),
        ),
    ),
    Program(
        "collatz",
        "def collatz(n):\n    steps = 0\n    while n > 1:\n"
        "        n = n // 2 if n % 2 == 0 else 3 * n + 1\n        steps += 1\n    return steps\n",
        "3 * n + 1",
        "3 * n - 1",
        ONES,
    ),
    Program(
        "digits",
        "def digits(n):\n    total = 0\n    while n > 0:\n        total += n % 10\n"
        "        n //= 10\n    return total\n",
        "total += n % 10",
        "total += n // 10",
        ONES,
    ),
    Program(
        "binary",
        "def binary(n):\n    out = ''\n    while n > 0:\n        out = str(n % 2) + out\n"
        "        n //= 2\n    return out or '0'\n",
        "str(n % 2) + out",
        "out + str(n % 2)",
        ONES,
    ),
    Program(
        "unique",
        "def unique(items):\n    seen, out = set(), []\n    for item in items:\n"
        "        if item in seen:\n            continue\n        seen.add(item)\n"
        "        out.append(item)\n    return out\n",
        "            continue\n",
        "            break\n",
        NUMBERS,
    ),
    Program(
        "until_negative",
        "def until_negative(items):\n    out = []\n    for item in items:\n"
        "        if item < 0:\n            break\n        out.append(item)\n    return out\n",
        "            break\n",
        "            continue\n",
        (*NUMBERS, "([1, -1, 2],)", "([-1, 5],)"),
    ),
    Program(
        "flatten",
        "def flatten(items):\n    out = []\n    for item in items:\n"
        "        if isinstance(item, list):\n            out.extend(flatten(item))\n"
        "        else:\n            out.append(item)\n    return out\n",
        "out.extend(flatten(item))",
        "out.append(flatten(item))",
        (
            "([],)",
            "([1],)",
            "([1, [2]],)",
            "([[1], [2, [3]]],)",
            "([[[]]],)",
            "([1, [2, 3], 4],)",
            "([[4, 5], 6],)",
            "([[[7]], 8],)",
        ),
    ),
    Program(
        "change",
        "def change(amount, coins):\n    ways = [1] + [0] * amount\n    for coin in coins:\n"
        "        for value in range(coin, amount + 1):\n"
        "            ways[value] += ways[value - coin]\n    return ways[amount]\n",
        "range(coin, amount + 1)",
        "range(coin, amount)",
        tuple(f"({a}, [1, 2, 5])" for a in range(1, 11)),
    ),
    Program(
        "distance",
        "def distance(a, b):\n    rows = list(range(len(b) + 1))\n"
        "    for i, x in enumerate(a, 1):\n        last, rows[0] = rows[0], i\n"
        "        for j, y in enumerate(b, 1):\n            last, rows[j] = rows[j], min(\n"
        "                rows[j] + 1, rows[j - 1] + 1, last + (x != y)\n            )\n"
        "    return rows[-1]\n",
        "last + (x != y)",
        "last + (x == y)",
        (
            *("('', '')", "('a', '')", "('', 'abc')", "('kitten', 'sitting')", "('abc', 'abc')"),
            *("('flaw', 'lawn')", "('ab', 'ba')", "('x', 'y')"),
        ),
    ),
    Program(
        "brackets",
        "def brackets(text):\n    depth = 0\n    for sign in text:\n"
        "        depth += 1 if sign == '(' else -1\n        if depth < 0:\n"
        "            return False\n    return depth == 0\n",
        "return depth == 0",
        "return depth >= 0",
        (
            *("('',)", "('()',)", "('(',)", "(')',)", "('(())',)", "('(()',)", "('())(',)"),
            *("('()()',)", "('((',)", "('()(',)"),
        ),
    ),
    Program(
        "table",
        "def table(n):\n    return [[i * j for j in range(1, n + 1)] for i in range(1, n + 1)]\n",
        "i * j for j in range(1, n + 1)]",
        "i * j for j in range(0, n + 1)]",
        ("(0,)", "(1,)", "(2,)", "(3,)", "(4,)", "(5,)"),
    ),
    Program(
        "windows",
        "def windows(items, n):\n    last = len(items) - n + 1\n"
        "    return [items[i : i + n] for i in range(last)]\n",
        "len(items) - n + 1",
        "len(items) - n",
        (*tuple(f"([1, 2, 3, 4, 5], {n})" for n in range(1, 6)), "([1], 1)", "([1, 2], 2)"),
    ),
    Program(
        "running",
        "def running(items):\n    total, out = 0, []\n    for item in items:\n"
        "        total += item\n        out.append(total)\n    return out\n",
        "out.append(total)",
        "out.append(item)",
        NUMBERS,
    ),
    Program(
        "common",
        "def common(a, b):\n    return sorted(set(a) & set(b))\n",
        "set(a) & set(b)",
        "set(a) | set(b)",
        (
            "([1, 2], [2, 3])",
            "([], [1])",
            "([1], [1])",
            "([4, 5, 6], [6, 5])",
            "([1], [2])",
            "([3, 3], [3])",
            "([1, 2, 3], [9])",
            "([7, 8], [8, 7])",
        ),
    ),
    Program(
        "shift",
        "def shift(text, by):\n    return ''.join(\n"
        "        chr((ord(c) - 97 + by) % 26 + 97) if c.isalpha() else c for c in text\n    )\n",
        "(ord(c) - 97 + by)",
        "(ord(c) - 97 - by)",
        tuple(f"('{w}', {n})" for w in ("abc", "xyz", "a b") for n in (0, 1, 3)),
    ),
    Program(
        "average_of_best",
        "def average_of_best(items, n):\n    best = sorted(items, reverse=True)[:n]\n"
        "    return sum(best) / len(best)\n",
        "reverse=True",
        "reverse=False",
        (*tuple(f"([4, 9, 1, 7], {n})" for n in range(1, 5)), "([2, 3], 1)", "([8, 5, 6], 2)"),
    ),
    Program(
        "root",
        "def root(n):\n    low, high = 0, n + 1\n    while high - low > 1:\n"
        "        middle = (low + high) // 2\n        if middle * middle > n:\n"
        "            high = middle\n        else:\n            low = middle\n    return low\n",
        "low, high = 0, n + 1",
        "low, high = 0, n",
        ONES,
    ),
    Program(
        "parse",
        "def parse(text):\n    out = {}\n    for part in text.split(';'):\n"
        "        if '=' not in part:\n            continue\n"
        "        name, value = part.split('=', 1)\n        out[name.strip()] = value.strip()\n"
        "    return out\n",
        "        if '=' not in part:\n            continue\n",
        "",
        (
            "('a=1',)",
            "('a=1;b=2',)",
            "('',)",
            "('a=1;',)",
            "(' a = 1 ',)",
            "('a=b=c',)",
            "(';;',)",
            "('x',)",
        ),
    ),
    Program(
        "roman",
        "def roman(text):\n    known = {'I': 1, 'V': 5, 'X': 10, 'L': 50, 'C': 100}\n"
        "    total = 0\n    for one, after in zip(text, text[1:] + ' '):\n"
        "        value = known[one]\n        total += -value if value < known.get(after, 0)"
        " else value\n    return total\n",
        "-value if value < known.get(after, 0) else value",
        "value",
        ("('I',)", "('IV',)", "('IX',)", "('XL',)", "('LX',)", "('XC',)", "('VIII',)", "('XIV',)"),
    ),
    Program(
        "wrap",
        "def wrap(text, width):\n    lines = ['']\n    for word in text.split():\n"
        "        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:\n"
        "            lines.append('')\n        lines[-1] = (lines[-1] + ' ' + word).strip()\n"
        "    return lines\n",
        "len(lines[-1]) + 1 + len(word) > width",
        "len(lines[-1]) + 1 + len(word) >= width",
        tuple(f"('the quick brown fox', {n})" for n in (3, 5, 9, 10, 15, 16, 19, 20)),
    ),
)
