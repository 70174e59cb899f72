/** Text in HTML. Everything that comes from documents goes through `escapeHtml`, in text and in attributes alike. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Controls but line feed and tab; marks that reorder the text around them. */
const CONTROLS = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]|\p{Surrogate}/gu;

export function escapeHtml(text: string): string {
  return text.replaceAll(CONTROLS, '').replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
}

/** `<name class="…">text</name>`; the text is escaped. */
export function element(name: string, className: string, text: string): string {
  return `<${name} class="${className}" dir="auto">${escapeHtml(text)}</${name}>`;
}
