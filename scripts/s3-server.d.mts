/** A running S3 server that may be written to. */
export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Whether it is the one that is started here, whose quirks are known. */
  readonly isCeph: boolean;
  /** Can be assumed, where STS was asked for and is there. */
  readonly roleArn?: string;
  close(): Promise<void>;
}
export function startS3Server(options?: { readonly sts?: boolean }): Promise<S3Server>;
