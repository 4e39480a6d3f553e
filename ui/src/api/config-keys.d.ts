/** The properties of Config in the server's OpenAPI document; vite.config.ts makes it. */
declare module "virtual:config-keys" {
  interface Property {
    type?: string | string[];
    description?: string;
    writeOnly?: boolean;
  }
  const properties: Record<string, Property>;
  export default properties;
}
