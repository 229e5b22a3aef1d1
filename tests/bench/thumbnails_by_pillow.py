"""Bad thumbnails made by Pillow: what web services, messengers and screenshots make of a photo, a case each."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

Picture = Image.Image
Case = Callable[[Picture, random.Random], bytes]


def encoded(image: Picture, style: str = "JPEG", quality: int = 60) -> bytes:
    """The file."""
    buffer = io.BytesIO()
    image.save(buffer, style, **({"quality": quality} if style in ("JPEG", "WEBP") else {}))
    return buffer.getvalue()


def small(image: Picture, side: int = 200, scaler: Image.Resampling = Image.Resampling.LANCZOS) -> Picture:
    """The whole, at most `side` pixels a side."""
    made = image.copy()
    made.thumbnail((side, side), scaler)
    return made


def another_shot(image: Picture, rng: random.Random) -> Picture:
    """What a camera held in hand sees a moment later: a little turned, moved and brighter or darker."""
    width, height = image.size
    zoom, left, top = rng.uniform(0.955, 0.985), rng.random(), rng.random()
    left, top = left * (1 - zoom) * width, top * (1 - zoom) * height
    frame = image.rotate(rng.uniform(-0.6, 0.6), Image.Resampling.BICUBIC)
    frame = frame.crop((int(left), int(top), int(left + zoom * width), int(top + zoom * height)))
    return ImageEnhance.Brightness(frame).enhance(rng.uniform(0.98, 1.02))


def edited(image: Picture, rng: random.Random) -> Picture:
    """What somebody makes of a photo that is then kept beside it."""
    ways = (
        lambda: ImageEnhance.Contrast(image).enhance(1.25),
        lambda: ImageEnhance.Color(image).enhance(1.6),
        lambda: ImageOps.grayscale(image).convert("RGB"),
        lambda: ImageEnhance.Brightness(image).enhance(1.2),
    )
    return rng.choice(ways)()


def messenger_copy(image: Picture) -> bytes:
    """The copy that a messenger keeps of a photo."""
    return encoded(small(image, 1024), quality=72)


def _hard(image: Picture, rng: random.Random) -> bytes:
    return encoded(
        ImageEnhance.Brightness(ImageOps.fit(image, (120, 120), Image.Resampling.BILINEAR)).enhance(rng.uniform(0.8, 1.2)), quality=30
    )


def _cropped(image: Picture, share: float, rng: random.Random) -> Picture:
    left, top = rng.uniform(0, 1 - share) * image.width, rng.uniform(0, 1 - share) * image.height
    return image.crop((int(left), int(top), int(left + share * image.width), int(top + share * image.height)))


def _brutal(image: Picture, rng: random.Random) -> bytes:
    return encoded(small(_cropped(image, 0.8, rng), 96, Image.Resampling.BILINEAR).filter(ImageFilter.SHARPEN), "WEBP", 15)


def _medium(image: Picture, rng: random.Random) -> bytes:
    made = ImageEnhance.Brightness(small(image, 200, Image.Resampling.BICUBIC)).enhance(rng.uniform(0.9, 1.1))
    return encoded(ImageEnhance.Contrast(made).enhance(rng.uniform(0.9, 1.1)), quality=50)


def _letterbox(image: Picture, rng: random.Random) -> bytes:
    colour = rng.choice(("black", "white"))
    shape = rng.choice(((200, 200), (200, 112), (112, 200)))
    return encoded(ImageOps.pad(image, shape, color=colour), quality=60)


def _padded(image: Picture, rng: random.Random) -> bytes:
    made = small(image, 160)
    return encoded(ImageOps.expand(made, rng.randrange(8, 40), rng.choice(("white", "#eeeeee", "black"))), quality=70)


def _turned(image: Picture, rng: random.Random) -> bytes:
    return encoded(small(image).transpose(rng.choice((Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270))))


def _shape(image: Picture, aspect: float, place: float) -> Picture:
    """The largest part of a shape; `place` 0 to 1 from the left or top."""
    width, height = image.size
    wide, high = (round(height * aspect), height) if width > height * aspect else (width, round(width / aspect))
    left, top = round((width - wide) * place), round((height - high) * place)
    return image.crop((left, top, left + wide, top + high))


def _raw_developed(image: Picture, rng: random.Random) -> bytes:
    width, height = image.size  # a raw converter shows a few lines more or less, and another tone
    made = image.crop((width // 90, 0, width - width // 90, height))
    return encoded(ImageEnhance.Contrast(small(made)).enhance(1.12), quality=80)


def _disc(image: Picture, ground: str | None) -> Picture:
    made = ImageOps.fit(image, (160, 160))
    mask = Image.new("L", (640, 640))
    ImageDraw.Draw(mask).ellipse((0, 0, 639, 639), fill=255)
    mask = mask.resize(made.size, Image.Resampling.LANCZOS)
    if ground is None:
        made.putalpha(mask)
        return made
    return Image.composite(made, Image.new("RGB", made.size, ground), mask)


def _avatar(image: Picture, rng: random.Random) -> bytes:
    return encoded(_disc(image, "white"), quality=75) if rng.random() < 0.5 else encoded(_disc(image, None), "PNG")


def _rounded(image: Picture, rng: random.Random) -> bytes:
    made = small(image)
    mask = Image.new("L", made.size)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, made.width - 1, made.height - 1), rng.randrange(10, 24), fill=255)
    if rng.random() < 0.5:
        made.putalpha(mask)
        return encoded(made, "PNG")
    return encoded(Image.composite(made, Image.new("RGB", made.size, "white"), mask), quality=75)


def _blurred_filling(image: Picture, rng: random.Random) -> bytes:
    ground = ImageOps.fit(image, (200, 200)).filter(ImageFilter.GaussianBlur(8))
    made = small(image, 200)
    if abs(made.width - made.height) < 20:
        ground = ImageOps.fit(image, (200, 120)).filter(ImageFilter.GaussianBlur(8))
        made = small(image, 120)
    ground.paste(made, ((ground.width - made.width) // 2, (ground.height - made.height) // 2))
    return encoded(ground, quality=65)


def _polaroid(image: Picture, rng: random.Random) -> bytes:
    made = ImageOps.fit(image, (150, 150)) if rng.random() < 0.5 else small(image, 150)
    card = Image.new("RGB", (made.width + 20, made.height + 50), "#f8f8f4")
    card.paste(made, (10, 10))
    return encoded(card, quality=75)


def _shadow(image: Picture, rng: random.Random) -> bytes:
    made = small(image, 160)
    page = Image.new("RGB", (made.width + 30, made.height + 30), "white")
    page.paste((90, 90, 90), (16, 16, made.width + 16, made.height + 16))
    page = page.filter(ImageFilter.GaussianBlur(4))
    page.paste(made, (12, 12))
    return encoded(page, quality=75)


def _page(image: Picture, rng: random.Random) -> bytes:
    made = small(image, 170)
    page = Image.new("RGB", (230, made.height + 70), "#fafafa")
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 230, 22), fill="#3b5998")
    draw.text((8, 5), "Photos of the summer", fill="white")
    page.paste(made, (30, 30))
    draw.text((30, made.height + 38), "12 likes, 3 comments", fill="#555555")
    return encoded(page, "PNG")


def _caption(image: Picture, rng: random.Random) -> bytes:
    made = small(image)
    shade = Image.new("RGB", (made.width, 22), "black")
    made.paste(Image.blend(made.crop((0, made.height - 22, made.width, made.height)), shade, 0.6), (0, made.height - 22))
    ImageDraw.Draw(made).text((6, made.height - 17), "Aunt Mary at the lake, 2014", fill="white")
    return encoded(made, quality=70)


def _logo(image: Picture, rng: random.Random) -> bytes:
    made = small(image)
    ImageDraw.Draw(made).rounded_rectangle((6, 6, 40, 24), 5, fill="#d02020")
    ImageDraw.Draw(made).text((12, 9), "NEWS", fill="white")
    return encoded(made, quality=70)


def _watermark(image: Picture, rng: random.Random) -> bytes:
    made = small(image).convert("RGBA")
    sheet = Image.new("RGBA", made.size)
    for top in range(10, made.height, 60):
        ImageDraw.Draw(sheet).text((made.width // 4, top), "(c) photo studio", fill=(255, 255, 255, 90))
    return encoded(Image.alpha_composite(made, sheet).convert("RGB"), quality=70)


def _badge(image: Picture, rng: random.Random) -> bytes:
    made = ImageOps.fit(image, (160, 160))
    ImageDraw.Draw(made).ellipse((132, 4, 154, 26), fill="#1da1f2")
    ImageDraw.Draw(made).text((139, 9), "3", fill="white")
    return encoded(made, quality=70)


def _stamp(image: Picture, rng: random.Random) -> bytes:
    made = small(image)
    ImageDraw.Draw(made).text((made.width - 66, made.height - 16), "14 07 2014", fill="#ff9020")
    return encoded(made, quality=70)


def _curved(image: Picture, curve: Callable[[np.ndarray], np.ndarray]) -> Picture:
    table = (255 * curve(np.linspace(0, 1, 256))).round().clip(0, 255).astype(int).tolist()
    return image.point(table * 3)


def _s_curve(image: Picture, rng: random.Random) -> bytes:
    return encoded(_curved(small(image), lambda x: x * x * (3 - 2 * x)), quality=70)


def _gamma(image: Picture, rng: random.Random) -> bytes:
    power = rng.choice((0.65, 1.5))
    return encoded(_curved(small(image), lambda x: x**power), quality=70)


def _local_contrast(image: Picture, rng: random.Random) -> bytes:
    made = small(image)
    far = made.filter(ImageFilter.GaussianBlur(20))
    return encoded(ImageChops.add(made, ImageChops.subtract(made, far, 2.5, 0), 1, -6), quality=70)


def _filter(image: Picture, rng: random.Random) -> bytes:
    r, g, b = _curved(small(image), lambda x: 0.06 + 0.9 * x**0.9).split()
    warm = Image.merge("RGB", (r.point(lambda v: min(255, v * 1.08)), g, b.point(lambda v: v * 0.85 + 10)))
    return encoded(ImageEnhance.Color(warm).enhance(0.75), quality=70)


def _vignette(image: Picture, rng: random.Random) -> bytes:
    made = small(image)
    y, x = np.mgrid[-1 : 1 : made.height * 1j, -1 : 1 : made.width * 1j]
    shade = 1 - 0.28 * (x * x + y * y)
    return encoded(Image.fromarray((np.asarray(made) * shade[:, :, None]).astype(np.uint8)), quality=70)


def _nearest(image: Picture, rng: random.Random) -> bytes:
    return encoded(small(image, 180, Image.Resampling.NEAREST), quality=75)


def _aliased(image: Picture, rng: random.Random) -> bytes:
    size = small(image, 180).size
    half = image.resize((size[0] * 2 + 7, size[1] * 2 + 7), Image.Resampling.NEAREST)
    return encoded(half.resize(size, Image.Resampling.BOX), quality=75)


def _grain(image: Picture, rng: random.Random) -> bytes:
    made = np.asarray(small(image), np.float32)
    noise = np.random.default_rng(rng.randrange(1 << 30)).normal(0, 9, made.shape[:2])[:, :, None]
    return encoded(Image.fromarray((made + noise).clip(0, 255).astype(np.uint8)), quality=70)


def _screenshot(image: Picture, rng: random.Random) -> bytes:
    return encoded(Image.open(io.BytesIO(encoded(small(image), quality=rng.choice((50, 65, 80))))), "PNG")


def _gif(image: Picture, rng: random.Random, side: int) -> bytes:
    return encoded(small(image, side).quantize(128), "GIF")


CASES: Mapping[str, Case] = {
    "easy": lambda image, rng: encoded(small(image, 320), quality=75),
    "medium": _medium,
    "hard": _hard,
    "brutal": _brutal,
    "letterbox": _letterbox,
    "padding": _padded,
    "turned": _turned,
    "mirrored": lambda image, rng: encoded(ImageOps.mirror(small(image))),
    "squeezed to a square": lambda image, rng: encoded(image.resize((150, 150), Image.Resampling.LANCZOS)),
    "squeezed to 16:9": lambda image, rng: encoded(image.resize((192, 108), Image.Resampling.LANCZOS)),
    "GIF": partial(_gif, side=160),
    "GIF 64 px": partial(_gif, side=64),
    "PNG screenshot": _screenshot,
    "4:5 off centre": lambda image, rng: encoded(small(_shape(image, 0.8, rng.random()))),
    "16:9 from the top": lambda image, rng: encoded(small(_shape(image, 16 / 9, 0.0))),
    "raw developed": _raw_developed,
    "avatar": _avatar,
    "rounded corners": _rounded,
    "blurred filling": _blurred_filling,
    "polaroid": _polaroid,
    "drop shadow": _shadow,
    "page screenshot": _page,
    "caption": _caption,
    "logo": _logo,
    "watermark": _watermark,
    "badge": _badge,
    "date stamp": _stamp,
    "S-curve": _s_curve,
    "gamma": _gamma,
    "local contrast": _local_contrast,
    "filter": _filter,
    "vignette": _vignette,
    "nearest": _nearest,
    "aliased": _aliased,
    "grain": _grain,
    "crop to 60 %": lambda image, rng: encoded(small(_cropped(image, 0.6, rng), 160)),
    "32 px": lambda image, rng: encoded(small(image, 32), quality=75),
}
