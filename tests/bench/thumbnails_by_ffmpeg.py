"""Bad thumbnails made by ffmpeg's scalers, filters and encoders (PyAV): the cases of `thumbnails_by_pillow`, by other hands."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Mapping
from fractions import Fraction

import av
import numpy as np
from av.filter import Graph
from PIL import Image

Picture = Image.Image
Case = Callable[[Picture, random.Random], bytes]
_TIME = Fraction(1, 25)


def filtered(image: Picture, chain: str) -> av.VideoFrame:
    """The picture after a chain of filters. `chain` may have one fork: ground | front | (x, y) of the overlay."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image.convert("RGB")), format="rgb24")
    frame.pts, frame.time_base = 0, _TIME
    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=_TIME)
    sink = graph.add("buffersink")

    def follow(start: object, steps: str, port: int = 0) -> object:
        for step in re.split(r"(?<!\\),", steps):
            name, _, options = step.partition("=")
            node = graph.add(name, options.replace("\\,", ",") or None)
            start.link_to(node, port, 0)  # type: ignore[attr-defined]
            start, port = node, 0
        return start

    if "|" in chain:
        ground, front, place = chain.split("|")
        fork, laid = graph.add("split"), graph.add("overlay", f"{place}:format=rgb")
        source.link_to(fork)
        follow(fork, ground).link_to(laid, 0, 0)  # type: ignore[attr-defined]
        follow(fork, front, 1).link_to(laid, 0, 1)  # type: ignore[attr-defined]
        follow(laid, "format=rgb24").link_to(sink)  # type: ignore[attr-defined]
    else:
        follow(source, chain + ",format=rgb24").link_to(sink)  # type: ignore[attr-defined]
    graph.configure()
    graph.push(frame)
    made = graph.pull()
    assert isinstance(made, av.VideoFrame)
    return made


def encoded(frame: av.VideoFrame, name: str, quality: int) -> bytes:
    """The file: mjpeg by its quantiser (2 is best, 31 worst), libwebp by its quality, png, or gif of at most `quality` colours."""
    if name == "gif":
        return _gif(frame, quality)
    formats = {"mjpeg": "yuvj420p", "libwebp": "yuv420p", "png": "rgb24"}
    codec = av.CodecContext.create(name, "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt, codec.time_base = frame.width, frame.height, formats[name], _TIME
    if name == "mjpeg":
        codec.color_range = 2
        codec.options = {"qmin": str(quality), "qmax": str(quality)}
    elif name == "libwebp":
        codec.options = {"quality": str(quality)}
    ready = frame.reformat(format=formats[name], dst_color_range="JPEG" if name == "mjpeg" else None)
    ready.pts = 0
    return b"".join(bytes(packet) for packet in (*codec.encode(ready), *codec.encode(None)))


def _gif(frame: av.VideoFrame, colours: int) -> bytes:
    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=_TIME)
    fork, palette, use, sink = (
        graph.add("split"),
        graph.add("palettegen", f"max_colors={colours}:reserve_transparent=0"),
        graph.add("paletteuse", "dither=bayer:bayer_scale=3"),
        graph.add("buffersink"),
    )
    source.link_to(fork)
    fork.link_to(palette, 0, 0)
    fork.link_to(use, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    frame.pts, frame.time_base = 0, _TIME
    graph.push(frame)
    graph.push(None)
    made = graph.pull()
    assert isinstance(made, av.VideoFrame)
    codec = av.CodecContext.create("gif", "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt, codec.time_base = made.width, made.height, "pal8", _TIME
    return b"".join(bytes(packet) for packet in (*codec.encode(made), *codec.encode(None))) + b"\x3b"


def _upright(image: Picture, chain: str) -> Picture:
    return Image.fromarray(filtered(image, chain).to_ndarray(format="rgb24"))


def another_shot(image: Picture, rng: random.Random) -> Picture:
    """What a camera held in hand sees a moment later: nearer, lens and place a little off, noise, another exposure."""
    part = rng.uniform(0.93, 0.99)
    left, top = rng.random() * (1 - part), rng.random() * (1 - part)
    bend, gain = rng.uniform(-0.025, 0.025), rng.uniform(0.96, 1.04)
    return _upright(
        image,
        f"lenscorrection=k1={bend:.4f}:k2={-bend / 2:.4f}:i=bilinear,crop=iw*{part:.4f}:ih*{part:.4f}:iw*{left:.4f}:ih*{top:.4f},"
        f"colorchannelmixer=rr={gain:.3f}:gg={gain:.3f}:bb={gain:.3f},noise=alls=4:allf=u:all_seed={rng.randrange(1 << 20)}",
    )


def edited(image: Picture, rng: random.Random) -> Picture:
    """What somebody makes of a photo that is then kept beside it."""
    ways = ("curves=preset=medium_contrast", "hue=s=1.5", "hue=s=0", "colorbalance=rm=.15:bm=-.12", "curves=preset=lighter")
    for way in rng.sample(ways, len(ways)):
        try:
            return _upright(image, way)
        except ValueError:  # some builds lack a filter
            continue
    raise AssertionError("no filter at all")


def messenger_copy(image: Picture) -> bytes:
    """The copy that a messenger keeps of a photo."""
    return encoded(filtered(image, "scale=1024:1024:force_original_aspect_ratio=decrease:force_divisible_by=2:flags=bilinear"), "mjpeg", 6)


def _fit(side: int, how: str = "bicubic") -> str:
    return f"scale={side}:{side}:force_original_aspect_ratio=decrease:flags={how}"


def _case(chain: str, encoder: str = "mjpeg", quality: int = 6) -> Case:
    """A case by its filters, where {r}, {s} and {t} are numbers from 0 to 1 drawn anew for each picture, and {n} a whole number."""

    def make(image: Picture, rng: random.Random) -> bytes:
        r, s, t = rng.random(), rng.random(), rng.random()
        filled = chain.format(r=r, s=s, t=t, n=rng.randrange(1 << 20), one=("black", "white")[rng.randrange(2)])
        return encoded(filtered(image, filled), encoder, quality)

    return make


def _screenshot(image: Picture, rng: random.Random) -> bytes:
    first = encoded(filtered(image, _fit(210)), rng.choice(("mjpeg", "libwebp")), 8)
    return encoded(filtered(Image.open(io.BytesIO(first)), "null"), "png", 0)


def _avatar(image: Picture, rng: random.Random) -> bytes:
    made = filtered(image, "crop=min(iw\\,ih):min(iw\\,ih),scale=150:150:flags=area").to_ndarray(format="rgb24").copy()
    y, x = np.mgrid[:150, :150] - 74.5
    made[np.hypot(x, y) > 75] = rng.choice((0, 255))
    return encoded(av.VideoFrame.from_ndarray(made, format="rgb24"), "mjpeg", 5)


def _rounded(image: Picture, rng: random.Random) -> bytes:
    made = filtered(image, _fit(190, "area")).to_ndarray(format="rgb24").copy()
    height, width = made.shape[:2]
    radius = rng.randrange(8, 22)
    y, x = np.mgrid[:height, :width]
    away = np.hypot(
        np.maximum(np.maximum(radius - x, x - width + 1 + radius), 0), np.maximum(np.maximum(radius - y, y - height + 1 + radius), 0)
    )
    made[away > radius] = 255
    return encoded(av.VideoFrame.from_ndarray(made, format="rgb24"), "mjpeg", 5)


def _shadow(image: Picture, rng: random.Random) -> bytes:
    made = filtered(image, _fit(150)).to_ndarray(format="rgb24")
    height, width = made.shape[:2]
    page = np.full((height + 36, width + 36, 3), 255, np.uint8)
    page[22 : height + 22, 22 : width + 22] = 120
    soft = filtered(Image.fromarray(page), "avgblur=5").to_ndarray(format="rgb24").copy()
    soft[12 : height + 12, 12 : width + 12] = made
    return encoded(av.VideoFrame.from_ndarray(soft, format="rgb24"), "mjpeg", 5)


CASES: Mapping[str, Case] = {
    "easy": _case(_fit(300, "area"), "mjpeg", 4),
    "medium": _case(_fit(220, "bicubic") + ",colorchannelmixer=rr=0.95:gg=0.95:bb=0.95", "libwebp", 45),
    "hard": _case("crop=min(iw\\,ih):min(iw\\,ih),scale=110:110:flags=bilinear,colorbalance=rm=.06:bm=-.05", "mjpeg", 14),
    "brutal": _case("crop=iw*0.82:ih*0.82:iw*0.18*{r:.4f}:ih*0.18*{s:.4f}," + _fit(100, "spline") + ",unsharp=3:3:0.8", "mjpeg", 20),
    "letterbox": _case("scale=210:210:force_original_aspect_ratio=decrease:flags=area,pad=210:210:(ow-iw)/2:(oh-ih)/2:{one}"),
    "padding": _case(_fit(150) + ",pad=iw+30:ih+2*trunc(15+20*{r:.3f}):15:15:{one}", "mjpeg", 5),
    "turned": _case("transpose=1," + _fit(180)),
    "mirrored": _case("hflip," + _fit(180), "libwebp", 60),
    "squeezed to a square": _case("scale=140:140:flags=area"),
    "squeezed to 16:9": _case("scale=208:117:flags=bicubic"),
    "GIF": _case(_fit(150, "area"), "gif", 200),
    "GIF 64 px": _case(_fit(64, "bicubic"), "gif", 128),
    "PNG screenshot": _screenshot,
    "4:5 off centre": _case("crop=min(iw\\,ih*4/5):min(ih\\,iw*5/4):(iw-ow)*{r:.4f}:(ih-oh)*{r:.4f}," + _fit(190)),
    "16:9 from the top": _case("crop=min(iw\\,ih*16/9):min(ih\\,iw*9/16):(iw-ow)/2:0," + _fit(210, "area")),
    "raw developed": _case("crop=iw*0.98:ih:iw*0.01:0," + _fit(200) + ",curves=all='0/0 0.5/0.54 1/1'"),
    "avatar": _avatar,
    "rounded corners": _rounded,
    "blurred filling": _case(
        "scale=200:200:force_original_aspect_ratio=increase,crop=200:200,avgblur=9"
        "|scale=200:120:force_original_aspect_ratio=decrease:flags=area|x=(W-w)/2:y=(H-h)/2"
    ),
    "polaroid": _case(_fit(140) + ",pad=iw+16:ih+48:8:8:white", "libwebp", 70),
    "drop shadow": _shadow,
    "page screenshot": _case(
        "scale=260:220:flags=neighbor,drawbox=c=white:t=fill,drawbox=0:0:260:24:darkgreen:fill,drawbox=20:200:120:6:gray:fill"
        "|scale=180:160:force_original_aspect_ratio=decrease:flags=area|x=20:y=32",
        "png",
    ),
    "caption": _case(_fit(200) + ",drawbox=0:ih-20:iw:20:black@0.6:fill,drawbox=10:ih-13:90:6:white:fill"),
    "logo": _case(_fit(200) + ",drawbox=8:8:30:16:blue:fill,drawbox=13:13:20:5:white:fill"),
    "watermark": _case(
        _fit(200) + ",drawbox=iw*0.2:ih*0.3:80:3:white@0.35:fill,drawbox=iw*0.2:ih*0.3+8:60:3:white@0.35:fill,"
        "drawbox=iw*0.4:ih*0.7:80:3:white@0.35:fill"
    ),
    "badge": _case("crop=min(iw\\,ih):min(iw\\,ih),scale=150:150,drawbox=124:6:20:20:red:fill,drawbox=132:11:4:10:white:fill"),
    "date stamp": _case(
        _fit(200) + ",drawbox=iw-60:ih-14:3:8:orange:fill,drawbox=iw-52:ih-14:6:2:orange:fill,drawbox=iw-40:ih-14:3:8:orange:fill"
    ),
    "S-curve": _case(_fit(200) + ",curves=preset=strong_contrast"),
    "gamma": _case(_fit(200) + ",curves=all='0/0 0.25/0.38 0.5/0.63 0.75/0.83 1/1'"),
    "local contrast": _case(_fit(200) + ",unsharp=13:13:0.5"),
    "filter": _case(_fit(200) + ",curves=preset=vintage"),
    "vignette": _case(_fit(200) + ",vignette=PI/6"),
    "nearest": _case(_fit(170, "neighbor")),
    "aliased": _case(_fit(170, "fast_bilinear")),
    "grain": _case(_fit(200) + ",noise=c0s=22:c0f=u:all_seed={n}"),
    "crop to 60 %": _case("crop=iw*0.6:ih*0.6:iw*0.4*{r:.4f}:ih*0.4*{s:.4f}," + _fit(150)),
    "32 px": _case(_fit(32, "area"), "mjpeg", 4),
}
