/**
 * vitest reporter for test/run.mjs: writes the counts and, for each group of skipped tests, where
 * and why, as JSON to the file named by OUTTRAY_TEST_SUMMARY. The why is the note a test gives to
 * `skip`, or else the title of its suite.
 */
import fs from 'node:fs';
import path from 'node:path';

export default class SummaryReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const file = process.env.OUTTRAY_TEST_SUMMARY;
    if (file === undefined) return;
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const skipped = new Map();
    for (const module of modules) {
      // A file that cannot be loaded has no tests to fail.
      if (module.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') count.passed += 1;
        else if (result.state === 'failed') count.failed += 1;
        else {
          count.skipped += 1;
          const suite = test.parent.type === 'suite' ? test.parent.fullName : '';
          const why = result.note ?? '';
          const key = JSON.stringify([module.moduleId, suite, why]);
          const group = skipped.get(key) ?? { file: module.moduleId, suite, why, tests: [] };
          group.tests.push(test.name);
          skipped.set(key, group);
        }
      }
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) count.failed += 1;
    }
    const groups = [...skipped.values()].map((group) => ({ ...group, file: path.relative(process.cwd(), group.file) }));
    fs.writeFileSync(file, JSON.stringify({ ...count, groups }));
  }
}
