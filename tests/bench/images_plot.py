"""images_plot - what images.py measured as one picture, SVG written by hand."""
from xml.sax.saxutils import escape

WIDTH, MARGIN, GAP = 1240, 40, 48
COLUMN = (WIDTH - 2 * MARGIN - GAP) // 2
LABEL, BAR, STEP = 132, 15, 21			# of bars that lie
COLORS = {"minilab": "#1257b8", "libvips": "#d9822b", "sharp": "#2f9e63", "sharp, one decode": "#85c9a3", "Pillow": "#a66bbe",
	  "vipsthumbnail": "#e8b27a", "GraphicsMagick": "#9aa0a6"}


class Svg:
	def __init__(self):
		self.parts = []

	def text(self, x, y, words, size=12, anchor="start", weight="normal", color="#222"):
		self.parts.append('<text x="%.1f" y="%.1f" font-size="%d" text-anchor="%s" font-weight="%s" fill="%s">%s</text>' % (
			x, y, size, anchor, weight, color, escape(words)))

	def box(self, x, y, width, height, color):
		self.parts.append('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>' % (x, y, max(width, 1), height, color))

	def line(self, points, color, width=1.0):
		self.parts.append('<polyline points="%s" fill="none" stroke="%s" stroke-width="%.1f"/>' % (
			" ".join("%.1f,%.1f" % p for p in points), color, width))

	def dot(self, x, y, color):
		self.parts.append('<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (x, y, color))

	def whole(self, height):
		return ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="DejaVu Sans, '
			'Helvetica, Arial, sans-serif">\n<rect width="100%%" height="100%%" fill="#fff"/>\n%s\n</svg>\n' % (
				WIDTH, height, WIDTH, height, "\n".join(self.parts)))


def number(v):
	return "%.0f" % v if v >= 100 else "%.1f" % v


def heading(svg, x, y, title, unit):
	svg.text(x, y, title, 14, weight="bold")
	svg.text(x, y + 16, unit, 11, color="#666")
	return y + 26


def bars(svg, x, y, title, unit, values, base="minilab"):
	"""One lying bar each, with its value and how many times the base's it is. The y below."""
	y = heading(svg, x, y, title, unit)
	room = COLUMN - LABEL - 110
	most = max(values.values())
	for name, v in values.items():
		length = room * v / most
		svg.text(x + LABEL - 8, y + BAR - 3, name, anchor="end", weight="bold" if name == base else "normal")
		svg.box(x + LABEL, y, length, BAR, COLORS[name])
		words = number(v) if name == base or base not in values else "%s  ×%.1f" % (number(v), v / values[base])
		svg.text(x + LABEL + length + 6, y + BAR - 3, words, weight="bold" if name == base else "normal")
		y += STEP
	return y


def groups(svg, x, y, title, unit, table):
	"""Lying bars in groups, all to one scale."""
	y = heading(svg, x, y, title, unit)
	room = COLUMN - LABEL - 110
	most = max(max(values.values()) for values in table.values() if values)
	for group, values in table.items():
		svg.text(x + LABEL - 8, y + 12 * (len(values) + 1) / 2 - 2, group, anchor="end")
		for name, v in values.items():
			svg.box(x + LABEL, y, room * v / most, 10, COLORS[name])
			times = "" if name == "minilab" or not values.get("minilab") else "  ×%.1f" % (v / values["minilab"])
			svg.text(x + LABEL + room * v / most + 5, y + 9, number(v) + times, 10,
				 weight="bold" if name == "minilab" else "normal")
			y += 12
		y += 7
	return y


def legend(svg, x, y, names):
	for name in names:
		svg.box(x, y - 10, 12, 12, COLORS[name])
		svg.text(x + 17, y, name)
		x += 40 + 7.2 * len(name)


def lines(svg, x, y, title, unit, sizes, table):
	top = heading(svg, x, y, title, unit) + 8
	left, right, height = x + 48, x + COLUMN - 190, 190
	most = max(max(v) for v in table.values())
	step = next(s for s in (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000) if most / s <= 6)
	for v in range(0, int(most) + 1, step):
		at = top + height * (1 - v / most)
		svg.line([(left, at), (right, at)], "#ddd")
		svg.text(left - 6, at + 4, str(v), 11, "end", color="#666")
	for name, ms in table.items():
		points = [(left + (right - left) * i / (len(ms) - 1), top + height * (1 - v / most)) for i, v in enumerate(ms)]
		svg.line(points, COLORS[name], 2.5)
		for p in points:
			svg.dot(*p, COLORS[name])
		svg.text(right + 8, points[-1][1] + 4, "%s  %s  ×%.2f" % (name, number(ms[-1]), ms[-1] / ms[0]), 11)
	for i, size in enumerate(sizes):
		svg.text(left + (right - left) * i / (len(sizes) - 1), top + height + 18, ("" if i == 0 else "+") + str(size), 11, "middle")
	return top + height + 34


def likeness_table(svg, x, y, likeness):
	y = heading(svg, x, y, "Likeness to the full decode, scaled by Lanczos in doubles",
		    "mean SSIM of luma (1 is equal) and mean colour difference (CIE76)")
	y += 12
	for i, side in enumerate(likeness):
		svg.text(x + LABEL + 150 + 190 * i, y, "%d px, JPEG q80" % side, anchor="end", color="#666")
	for name in next(iter(likeness.values())):
		y += 19
		svg.box(x, y - 10, 10, 10, COLORS[name])
		svg.text(x + 16, y, name, weight="bold" if name == "minilab" else "normal")
		for i, of in enumerate(likeness.values()):
			svg.text(x + LABEL + 150 + 190 * i, y, "%.4f   ΔE %.2f" % of[name], anchor="end",
				 weight="bold" if name == "minilab" else "normal")
	return y + 14


def plot(to, photos, titles, jobs, formats, used, sizes, counts, likeness):
	svg = Svg()
	columns = [MARGIN, MARGIN + COLUMN + GAP]
	svg.text(MARGIN, 40, "Thumbnails: what one photo costs the processor", 22, weight="bold")
	svg.text(MARGIN, 62, "CPU milliseconds (user + system) for each photo, mean of %d photos, one warm process (command lines: one process for each "
		 "thumbnail), quality 80. Shorter is better." % photos, 12, color="#444")
	svg.text(MARGIN, 79, "×2.0: twice the processor time that minilab takes.", 12, color="#444")
	ends = [112, 112]
	for i, (title, job) in enumerate(titles):
		side = 0 if ends[0] <= ends[1] else 1
		ends[side] = bars(svg, columns[side], ends[side], title[0].upper() + title[1:], "CPU ms for each photo", jobs[job]) + 22
	y = max(ends) + 14
	legend(svg, MARGIN, y, [n for n in COLORS if any(n in t for t in jobs.values())])
	y += 34
	left = groups(svg, columns[0], y, "Other formats: one photo to 256 in JPEG", "CPU ms; who has no bar cannot read it", formats)
	right = groups(svg, columns[1], y, "Memory that a job adds to an idle process",
		       "MB at the peak, the function's default renditions, the file itself apart", used)
	y = max(left, right) + 26
	left = lines(svg, columns[0], y, "Renditions in JPEG from one photo, one after the other",
		     "CPU ms; ×: of all six over the first alone", sizes, counts)
	right = likeness_table(svg, columns[1], y, likeness)
	with open(to, "w", encoding="utf-8") as f:
		f.write(svg.whole(int(max(left, right) + 20)))
