"""The names and sizes that data, text, model and runtime share."""

INPUT_SIZE = 512        # side of the letterboxed square, pixels
MAX_ENLARGEMENT = 2.0   # a small image is enlarged by at most this factor
BOX_BINS = 100          # box coordinates in prompts are integers 0..99 of the square

CLASSES = ("ship", "aircraft", "vehicle", "tank", "bridge", "harbor")
LAND_COVER = ("nodata", "water", "urban", "field", "forest", "bare")  # index = value in the mask files
POSITIONS = ("left", "right", "top", "bottom", "center")

PAD, BOS, EOS, SEP = 0, 1, 2, 3
SPECIAL_TOKENS = ("<pad>", "<bos>", "<eos>", "<sep>")

CONCISE_PROMPT = "Describe the content of this image in one sentence."
DETAILED_PROMPT = "Describe this image in detail."
MAX_ANSWER_TOKENS = 12
MAX_CAPTION_TOKENS = 96

RESIZE_RULE = (
    "scale = min(512 / max(width, height), 2); new width and height = max(1, floor(side * scale + 0.5)); resize with a "
    "separable triangle (bilinear) filter, half-pixel centres, whose half-width in source pixels is max(1, 1 / scale), "
    "weights normalised, result rounded to 8 bits; nothing is done when scale is 1; then pad with zeros on the right and "
    "at the bottom to 512 x 512")
