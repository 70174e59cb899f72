/** Runs until somebody ends it. */
console.log('running');
setInterval(() => undefined, 1000);
