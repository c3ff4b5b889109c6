// Properties of a page's window beyond the browser's own.

interface DashClientside {
  no_update: unknown;
  set_props(id: string | object, props: object): void;
  callback_context: { outputs_list: any[]; triggered: { prop_id: string; value: any }[] };
  [namespace: string]: any;
}

interface Window {
  /** What the scripts of one page offer each other by name; see shared/gridwall.js. */
  gridwall?: any;
  dash_clientside: DashClientside;
  dash_ag_grid?: { getApi(id: string): any };
  /** Leaflet, set by dash-leaflet. */
  L?: any;
  /** Plotly, loaded with the first chart. */
  Plotly?: any;
}
