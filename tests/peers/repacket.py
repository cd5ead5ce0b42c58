"""Does `wskey inspect` find in packets what `wskey inspect --raw` finds in the bytes? Usage: repacket.py SENT [COUNT]

SENT.request and SENT.response hold the bytes of one connection, as a relay kept them. They are packed into files of packets, COUNT
of them: in segments of random sizes, down to one byte, in random order, some twice, some over others, with numbers that wrap, over
IPv4 or IPv6, with VLANs or without, in fragments, as pcap in its four forms and as pcapng in both. Whatever was done, the exchange is
the same. Where a part of a head is lost there is no OK, and no FAILED that the bytes do not have.
"""

import json
import pathlib
import random
import struct
import subprocess
import sys

ENDS = {True: (5123, 8080), False: (8080, 5123)}


def tcp(is_client, sequence, flags, payload):
    return struct.pack(">HHIIBBHHH", *ENDS[is_client], sequence % 2**32, 0, 0x50, flags, 64, 0, 0) + payload


def ipv4(chance, payload, is_split):
    """One packet, or its fragments."""
    cuts = [0, len(payload)]
    if is_split and len(payload) > 16:
        cuts = sorted({0, 8 * chance.randrange(1, len(payload) // 8), len(payload)})
    number = chance.randrange(65536)
    for begin, end in zip(cuts, cuts[1:]):
        place = begin // 8 | (0x2000 if end < len(payload) else 0)
        header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + end - begin, number, place, 64, 6, 0)
        yield header + bytes([127, 0, 0, 1]) * 2 + payload[begin:end]


def ipv6(chance, payload, is_split):
    cuts = [0, len(payload)]
    if is_split and len(payload) > 16:
        cuts = sorted({0, 8 * chance.randrange(1, len(payload) // 8), len(payload)})
    number = chance.randrange(2**32)
    for begin, end in zip(cuts, cuts[1:]):
        part, following = payload[begin:end], 6
        if len(cuts) > 2:
            part = struct.pack(">BBHI", 6, 0, begin | (end < len(payload)), number) + part
            following = 44
        yield struct.pack(">IHBB", 0x60000000, len(part), following, 64) + (bytes(15) + b"\1") * 2 + part


def linked(packet, vlans):
    """Behind a header of Ethernet, with tags of VLANs."""
    kind = b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd"
    tags = [b"\x88\xa8\x00\x05", b"\x81\x00\x00\x06"][2 - vlans:]
    return bytes(12) + b"".join(tags) + kind + packet


def pcap(packets, order, unit):
    magic = {1: 0xA1B2C3D4, 1000: 0xA1B23C4D}[unit]
    file = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, 1)
    for second, packet in enumerate(packets):
        file += struct.pack(order + "IIII", second, 5 * unit, len(packet), len(packet)) + packet
    return file


def pcapng(packets, order):
    def block(kind, body):
        body += bytes(-len(body) % 4)
        length = struct.pack(order + "I", 12 + len(body))
        return struct.pack(order + "I", kind) + length + body + length

    file = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack(order + "HHI", 1, 0, 0))
    for second, packet in enumerate(packets):
        stamp = second * 1000000
        file += block(6, struct.pack(order + "IIIII", 0, stamp >> 32, stamp % 2**32, len(packet), len(packet)) + packet)
    return file


def segments(chance, data, most):
    """Where each begins and ends."""
    at = 0
    while at < len(data):
        end = min(len(data), at + chance.randint(1, most))
        # Some begin before the end of the one before.
        yield max(0, at - chance.choice([0, 0, 0, chance.randint(0, most)])), end
        at = end


def packed(chance, sent, loses):
    """The file, and what was done."""
    most = chance.choice([1, 2, 7, 100, 1460])
    version, is_split, vlans = chance.choice([ipv4, ipv6]), chance.random() < 0.3, chance.randrange(3)
    numbers = {is_client: chance.choice([1000, 2**32 - 60]) for is_client in ENDS}
    parts = []
    for is_client, data in sent.items():
        head = data.index(b"\r\n\r\n") + 4
        own = list(segments(chance, data, most))
        if loses == is_client:
            place = chance.randrange(head)
            own = [part for part in own if not part[0] <= place < part[1]]
        own += chance.sample(own, min(len(own), chance.randrange(4)))
        parts += [(is_client, *part) for part in own]
    is_shuffled = chance.random() < 0.7
    if is_shuffled:
        chance.shuffle(parts)
    all_segments = [tcp(is_client, numbers[is_client] - 1, 2, b"") for is_client in ENDS]
    all_segments += [tcp(one, numbers[one] + begin, 16, sent[one][begin:end]) for one, begin, end in parts]
    packets = [linked(packet, vlans) for segment in all_segments for packet in version(chance, segment, is_split)]
    order = chance.choice("<>")
    form = chance.choice(["pcap", "pcap of nanoseconds", "pcapng"])
    file = pcapng(packets, order) if form == "pcapng" else pcap(packets, order, 1 if form == "pcap" else 1000)
    done = f"{version.__name__}, {form} {order}, at most {most} bytes, shuffled: {is_shuffled}, split: {is_split}, lost: {loses}"
    return file, done


def inspect(data, *options):
    command = ["wskey", "inspect", "--json", *options, "-"]
    ran = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return [json.loads(line) for line in ran.stdout.splitlines()], ran.stderr.decode()


def essence(exchange):
    """What does not depend on the form, nor on its lines."""
    findings = sorted((finding["rule"], finding["level"]) for finding in exchange["findings"])
    return [exchange.get(name) for name in ("verdict", "key", "accept", "status", "error", "not_judged")] + [findings]


name, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60
request, response = (pathlib.Path(f"{name}.{side}").read_bytes() for side in ("request", "response"))
# What a client sends behind its head is not looked at.
head = request[: request.index(b"\r\n\r\n") + 4]
[expected], _ = inspect(head + response, "--raw")
for seed in range(count):
    chance = random.Random(seed)
    loses = chance.choice([None, None, True, False])
    file, done = packed(chance, {True: request, False: response}, loses)
    found, said = inspect(file)
    if loses is None:
        is_right = [essence(exchange) for exchange in found] == [essence(expected)]
    else:
        verdicts = {exchange["verdict"] for exchange in found}
        is_right = "OK" not in verdicts and ("FAILED" not in verdicts or expected["verdict"] == "FAILED")
    if not is_right or said and loses is None:
        pathlib.Path(f"{name}.packed").write_bytes(file)
        print(f"seed {seed}: {done}\nexpected: {expected}\nfound: {found}\n{said}{name}.packed has the packets")
        sys.exit(1)
print(f"{count} files: as the bytes were")
