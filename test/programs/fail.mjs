/** Says why and leaves with the given code. */
console.error('something went wrong');
process.exitCode = Number(process.argv[2] ?? 1);
