// Asks a service for flags as a front-end does, and prints what it was told as one JSON object.
// The service is named by SERVICE, its token by TOKEN.
import { OFREPApi } from '@openfeature/ofrep-core';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';

const baseUrl = process.env.SERVICE;
const headers = [['Authorization', `Bearer ${process.env.TOKEN}`]];

await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl, headers }));
const client = OpenFeature.getClient();
const about = (context) => ({ targetingKey: 'front-end', ...context });
const flag = (name, context) => client.getBooleanDetails(name, false, about(context));

const told = {
  everything: await flag('intake-open', {}),
  credit: await flag('intake-open-application', { product: 'credit' }),
  micro: await flag('intake-open-application', { product: 'micro' }),
  unknown: await flag('intake-closed', {}),
};

// What has not changed is not sent again; nobody answers where the service is dead.
try {
  const api = new OFREPApi(baseUrl);
  const ask = (more) => api.postBulkEvaluateFlags({ context: about({}) }, { headers: [...headers, ...more] });
  const first = await ask([]);
  const again = await ask([['If-None-Match', first.httpResponse.headers.get('ETag')]]);
  told.bulk = { flags: first.value.flags.length, first: first.httpStatus, again: again.httpStatus };
} catch (error) {
  told.bulk = { failed: error.name };
}
console.log(JSON.stringify(told));
