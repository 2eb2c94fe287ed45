"""The figures of `evaluation.json` as tables to be read: EVALUATION.md."""


def percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def table(head: list, rows: list) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def figures(r: dict) -> dict:
    """What is required -> the figure of one set of rows."""
    ships, land = r["ship_scenes"], r["land"]
    return {"SSDD and HRSID, macro over the five templated applications": percent(ships["macro"]),
            "- object identification (mean of Yes and No)": percent(ships["identification"]),
            "- object classification": percent(ships["classification"]),
            "- region referring": percent(ships["referring"]),
            "- instance counting, exact": percent(ships["counting"]),
            "- instance counting, within one": percent(ships["counting_within_one"]),
            "- object positioning": percent(ships["positioning"]),
            "airport crops: are there aircraft": percent(r["aircraft_presence"]["balanced"]),
            "MSTAR chips called vehicle": percent(r["mstar_chips"]["accuracy"]),
            "SAR-ACD chips called aircraft": percent(r["sar_acd_chips"]["accuracy"]),
            "water, urban, vegetation on Sentinel-1 pieces": percent(land["mean"])}


ASKED = ("80 %", "93 %", "90 %", "88 %", "65 %", "85 %", "80 %", "95 %", "97 %", "97 %", "85 %")


def required(result: dict) -> str:
    """What the model is judged by, on real held-out scenes, beside what the commonest training answers would score unseen."""
    r, unseen = result["required"], figures(result["blind"])
    ships, air, land = r["ship_scenes"], r["aircraft_presence"], r["land"]
    basis = [f"{ships['questions']} questions"] * 7 + [
        f"{air['crops']} crops of {air['scenes']} scenes; {percent(air['balanced_different'])} of {air['different']} different ones",
        f"{r['mstar_chips']['chips']} chips", f"{r['sar_acd_chips']['chips']} chips",
        f"{land['questions']} questions, {land['scenes']} pieces"]
    rows = [(what, asked, reached, unseen[what], on) for (what, reached), asked, on in zip(figures(r).items(), ASKED, basis)]
    for name, c in r["captions"].items():
        rows += [(f"{name} captions: objects there that are named", "95 %", percent(c["recall"]), "", f"{c['objects_there']} classes there"),
                 (f"{name} captions: named but surely not there", "under 3 %", percent(c["invented"]), "", f"{c['objects_named']} classes named")]
    rows += [("expected calibration error of answers", "under 0.05", r["expected_calibration_error"], "", f"{r['questions']} answers"),
             ("- of those on SSDD and HRSID scenes", "under 0.05", r["expected_calibration_error_ship_scenes"], "", "")]
    return table(["What", "Asked", "Reached", "Unseen", "On"], rows)


def sources(result: dict) -> str:
    return table(["Held-out source", "Accuracy", "Constant guess", "Questions"],
                 [(name, percent(v["accuracy"]), percent(v["constant_guess"]), v["questions"]) for name, v in result["by_source"].items()])


def simulated(result: dict) -> str:
    return table(["Application, simulated tiles", "Accuracy", "Constant guess", "Questions"],
                 [(name, percent(v["accuracy"]), percent(v["constant_guess"]), v["questions"])
                  for name, v in result["simulated"]["all"].items()])


def objects(result: dict) -> str:
    rows = [(part, name, v["precision"], v["recall"], v["f1"], v["objects"])
            for part in ("real", "simulated") for name, v in result["objects"][part].items()]
    return table(["Tiles", "Class", "Precision", "Recall", "F1", "Objects"], rows)


def wording(result: dict) -> str:
    rows = [(part, style, *(v[name] for name in ("BLEU-1", "BLEU-4", "ROUGE-L", "CIDEr")), v["images"])
            for part, styles in result["caption_metrics"].items() for style, v in styles.items()]
    return table(["Tiles", "Caption", "BLEU-1", "BLEU-4", "ROUGE-L", "CIDEr", "Images"], rows)


def timing(result: dict) -> str:
    """The sentence about speed; empty where it was not measured, as on a machine that was busy otherwise."""
    if not result["speed"]:
        return ""
    return """
One core, ONNX Runtime {precision}, batches of 8, milliseconds for each tile: encoder {encoder_ms}, the standard
answers {answers_ms}, both captions {captions_ms}.
""".format(precision=result["precision"], **result["speed"])


def page(result: dict) -> str:
    """result: what `sarvlm.evaluate` wrote -> Markdown."""
    bad, same = result["bad_input"], result["same_numbers"]
    return f"""# Evaluation of {result["model"]}

Written by `python -m sarvlm.evaluate` on the {result["split"]} part: {result["tiles"]} tiles, {result["questions"]} questions; the
rows of the first table are on real scenes alone ({result["required"]["tiles"]} tiles, {result["required"]["questions"]} questions).

{required(result)}

"Unseen" is what someone scores who gives the commonest training answer to the same words and never looks at the image.

Captions and standard counts that say the same number of ships and aircraft: {percent(same["same_count"])} of {same["compared"]}.
Reliability of the answers on real scenes: `reliability.svg`.

{sources(result)}

{simulated(result)}

Objects at their class's threshold and an overlap of 0.3:

{objects(result)}

Captions against five wordings of the truth (the wordings are the recipe's own, so this is no comparison with SARLANG-1M):

{wording(result)}

Images that show nothing ({bad["blank_images"]}: blank, noise, optical): {bad["captions_naming_an_object"]} captions name an object,
{bad["objects_found"]} objects are reported. Of {bad["unanswerable_questions"]} questions that no tile answers {percent(bad["flagged"])}
are flagged (confidence below one half).
{timing(result)}"""
