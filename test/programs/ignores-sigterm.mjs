/** Can be ended by force only. */
process.on('SIGTERM', () => console.log('no'));
console.log('running');
setInterval(() => undefined, 1000);
