import { createSSRApp } from 'vue';
import { renderToString, renderToWebStream } from 'vue/server-renderer';
import Rows from './Rows.vue';

export const whole = () => renderToString(createSSRApp(Rows));
export const streamed = () => renderToWebStream(createSSRApp(Rows));
