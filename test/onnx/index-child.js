/*
 * A child process for tests: opens, searches and builds the model whose path it
 * is given with the built code, and prints one line of JSON: milliseconds,
 * growth of resident memory and size of the built model in bytes, FFNs found.
 */
const [{ openModel }, { allSites }, { exposeModel }] = await Promise.all(
  ['model/open-model', 'model/choose-sites', 'model/expose'].map(
    (file) => import(new URL(`../../dist/${file}.js`, import.meta.url)),
  ),
);

const before = process.memoryUsage().rss;
const began = performance.now();
const { exposure, sites, parameters } = exposeModel(openModel(process.argv[2]), allSites());
const ms = performance.now() - began;
const grown = process.resourceUsage().maxRSS * 1024 - before;
const built = exposure.modelBytes.length;
process.stdout.write(JSON.stringify({ ms, grown, built, sites: sites.length, parameters }));
