// Reads a Nejat CMS house as a website does: its editions, their front pages, one article in all its languages.
// docs/frontends.md says how schema.d.ts is made, and how this is compiled and run.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Article = components["schemas"]["DocumentBody"];
type Summary = components["schemas"]["SummaryBody"];
type Problem = components["schemas"]["Problem"];

const api = createClient<paths>({
  baseUrl: process.argv[2] ?? "http://127.0.0.1:8000",
  querySerializer: { array: { style: "form", explode: false } }, // kind=book,video; a repeated parameter is refused
});

/** What was asked for. A problem (404, 410, 422 …) is thrown in the reader's words. */
function must<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data !== undefined) return data;
  const { status, code, detail } = error as Problem;
  throw new Error(`${status} ${code}: ${detail}`);
}

const getEdition = async (locale: string) =>
  must(await api.GET("/v1/editions/{locale}", { params: { path: { locale } } })).data;

/** An article with its blocks, and what goes into the head of its page. */
async function getArticle(locale: string, slug: string) {
  const answer = await api.GET("/v1/{locale}/articles/{slug}", {
    params: { path: { locale, slug }, query: { body: ["html", "blocks"] } },
  });
  const article = must(answer).data as Article; // whole, for no `fields` narrowed it
  const link = answer.response.headers.get("Link") ?? "";
  const head = [...link.matchAll(/<([^>]+)>; rel="alternate"; hreflang="([^"]+)"/g)].map(
    ([, href, lang]) => `<link rel="alternate" hreflang="${lang}" href="${href}">`,
  );
  return { article, head };
}

const editions = must(await api.GET("/v1/editions")).data;
for (const { locale, dir, name, articles } of editions) {
  const { menus, home } = await getEdition(locale);
  console.log(`\n${name} (${locale}, ${dir}): ${articles} articles`);
  for (const item of menus.main ?? []) console.log(`  ${item.label} (${item.children.length} below)`);
  for (const section of home.sections) console.log(`  ${section.name}: ${section.articles[0]?.title ?? "nothing yet"}`);
}

const main = editions.find((edition) => edition.is_default) ?? editions[0];
if (main === undefined) throw new Error("This house has no edition yet.");
const { home } = await getEdition(main.locale);
const first = home.featured[0] ?? home.recent[0];
if (first === undefined) throw new Error("This edition has no article yet.");

for (const { locale, slug } of [first, ...first.translations]) {
  const { article, head } = await getArticle(locale, slug);
  console.log(`\n<html lang="${article.lang}" dir="${article.dir}">\n  ${head.join("\n  ")}`);
  console.log(`  ${article.title}, ${article.published.long}, ${article.freshness.state}`);
  for (const block of article.body.blocks ?? []) {
    if (block.type === "image") console.log(`  <img alt="${block.image?.alt}" srcset="${block.image?.srcset}">`);
    if (block.dir !== undefined && block.dir !== article.dir) console.log(`  a ${block.type} that runs ${block.dir}`);
  }
}

const printed = await api.GET("/v1/{locale}/articles", {
  params: { path: { locale: main.locale }, query: { kind: ["newsletter", "book"], limit: 2 } },
});
for (const { title, fields } of must(printed).data as Summary[]) {
  console.log(`\n${title}: ${fields.number_display ?? fields.isbn}, ${fields.pdf?.url ?? fields.cover?.alt}`);
}
