// What a page looks like, as figures. Runs in the page.
(async () => {
  await document.fonts.ready;
  const width = document.documentElement.clientWidth;
  const shown = (element) => element.getClientRects().length > 0;
  const named = (element) => element.tagName.toLowerCase() + (element.className.baseVal ?? element.className ?? '').toString().replace(/^|\s+/g, '.');

  // Nothing reaches beyond the window, and nothing is cut off at its own edge.
  const wide = [];
  for (const element of document.body.querySelectorAll('*')) {
    if (!shown(element)) continue;
    const box = element.getBoundingClientRect();
    if (box.width > 0 && (box.right > width + 0.5 || box.left < -0.5)) {
      wide.push(`${named(element)} from ${box.left.toFixed(0)} to ${box.right.toFixed(0)}`);
    }
  }
  if (document.documentElement.scrollWidth > width) wide.push(`page of ${document.documentElement.scrollWidth}`);

  // Charts with curves in them, and how small their letters get.
  const charts = [...document.querySelectorAll('svg')].filter(shown).map((svg) => {
    const box = svg.getBoundingClientRect();
    const scale = box.width / (svg.viewBox.baseVal.width || svg.width.baseVal.value);
    const sizes = [...svg.querySelectorAll('text')].map((text) => parseFloat(getComputedStyle(text).fontSize) * scale);
    return {
      width: box.width,
      height: box.height,
      curves: svg.querySelectorAll('polyline').length,
      smallest: Math.min(...sizes),
    };
  });

  // A character without a glyph is drawn as the box that an unassigned one is drawn as.
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 28;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const drawn = (character, font) => {
    context.clearRect(0, 0, 28, 28);
    context.font = font;
    context.textBaseline = 'top';
    context.fillText(character, 2, 2);
    return context.getImageData(0, 0, 28, 28).data.join();
  };
  const font = `22px ${getComputedStyle(document.body).fontFamily}`;
  const box = drawn('\u0378', font);
  const blank = drawn(' ', font);
  const characters = new Set([...document.body.innerText].filter((character) => character > '\u007f' && character.trim()));
  const chinese = [...characters].filter((character) => character >= '\u4e00' && character <= '\u9fff');
  const tofu = [...characters].filter((character) => [box, blank].includes(drawn(character, font)));
  const shapes = new Set(chinese.map((character) => drawn(character, font)));

  // Letters against what is behind them, as WCAG 2 counts it.
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const pale = [];
  for (const element of document.body.querySelectorAll('*')) {
    const text = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!text || !shown(element) || element.closest('svg')) continue;
    const [a, b] = [light(channels(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) pale.push(`${named(element)} ${contrast.toFixed(2)}: ${element.textContent.trim().slice(0, 20)}`);
  }

  return { width, wide, charts, tofu: tofu.join(''), chinese: chinese.length, shapes: shapes.size, pale };
})()
