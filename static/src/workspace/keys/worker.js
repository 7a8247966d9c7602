/** The worker that holds the keys: it knows no act yet. */

self.addEventListener('message', ({ data }) => {
  const error = { name: 'UsageError', code: 'usage', message: 'no such act', hint: '' };
  self.postMessage({ id: data.id, error });
});
